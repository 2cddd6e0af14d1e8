"""The site as files: for hosts that serve a folder or a bucket and run nothing."""
