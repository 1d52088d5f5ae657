#!/bin/sh
# Gives the Kafka user of each service the rights that it needs, and no others; docs/operate/kafka-access.md
# explains them. Needs kafka-acls.sh of Kafka in PATH, and a user that may alter ACLs:
#   sh deploy/kafka-acls.sh kafka:9092 admin.properties
# TOPIC_PREFIX is that of the services. Repeating it changes nothing.
set -eu
brokers=${1:?usage: kafka-acls.sh host:port [admin.properties]}
admin=${2:-/dev/null}
prefix=${TOPIC_PREFIX:-}

# user, operation, kind of resource, its name
allow() {
  kafka-acls.sh --bootstrap-server "$brokers" --command-config "$admin" \
    --add --allow-principal "User:$1" --operation "$2" "--$3" "$prefix$4"
}

allow producer  Write topic sms.send
allow producer  Write topic sms.status
allow producer  Write topic sms.received.ack

allow relay     Read  topic sms.send
allow relay     Read  group exchange-relay
allow relay     Write topic sms.status
allow relay     Write topic sms.dead-letter

allow collector Write topic sms.status
allow collector Write topic sms.received
allow collector Write topic sms.dead-letter

allow archiver  Read  topic sms.received.ack
allow archiver  Read  group archiver
allow archiver  Write topic sms.status
allow archiver  Write topic sms.received
allow archiver  Write topic sms.dead-letter
