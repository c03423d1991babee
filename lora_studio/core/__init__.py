"""The Qt-free core: what the window, the command line and the agents all call."""
