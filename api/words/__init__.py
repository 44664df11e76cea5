"""An answer in words: labels, conditions, values and dates, in the order a board reads; for pages and for exports."""
