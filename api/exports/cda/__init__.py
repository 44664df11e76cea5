"""An answer, and a sheet, as documents of the French cancer sets (CDA R2)."""
