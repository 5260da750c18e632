"""What people read: measures, workbooks and pages. Frames in, bytes out."""
