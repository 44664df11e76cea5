"""A native sheet as an mCODE Bundle."""
