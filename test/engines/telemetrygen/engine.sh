# 0.159.0 of it is not published as a module; what it sends is plain OTLP.
version=0.160.0
mains=(telemetrygen=github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen)
