"""The pure engine: strings and values in, values out; no network, no file, no clock."""
