"""The faces certificates are printed with, vendored as plain files, and the script that cut them."""
