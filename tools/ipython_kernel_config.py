# TensorFlow's C++ parts write to file descriptor 2 before any log level can silence them.
# Without this capture those lines go to the terminal instead of into the notebook.
c = get_config()  # noqa: F821
c.IPKernelApp.capture_fd_output = False
