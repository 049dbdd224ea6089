"""The PDF reader, a file for each concern. It runs in a limited child process only, and only there is pdfium imported."""
