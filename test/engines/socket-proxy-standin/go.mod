module agent-monitor.test/engines/socket-proxy-standin

go 1.26
