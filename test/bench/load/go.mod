module agent-monitor.test/load

go 1.26
