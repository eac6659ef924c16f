#!/usr/bin/env bash
# CLASS ARGS...
exec java ${KAFKA_HEAP_OPTS:--Xmx256m} ${KAFKA_JVM_PERFORMANCE_OPTS:-} \
	-XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
	-Dkafka.logs.dir="${LOG_DIR:-/opt/kafka/logs}" \
	${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=/opt/kafka/config/tools-log4j2.yaml} \
	${KAFKA_OPTS:-} -cp '/opt/kafka/libs/*' "$@"
