package main

import (
	"encoding/binary"
	"errors"
)

var errProtobuf = errors.New("the body is not protobuf")

// eachLogRecord visits the bytes of every record of an ExportLogsServiceRequest: resource_logs = 1, in it
// scope_logs = 2, in it log_records = 2.
func eachLogRecord(request []byte, visit func([]byte)) error {
	return eachField(request, 1, func(resourceLogs []byte) error {
		return eachField(resourceLogs, 2, func(scopeLogs []byte) error {
			return eachField(scopeLogs, 2, func(record []byte) error {
				visit(record)
				return nil
			})
		})
	})
}

// eachField visits the length-delimited fields of a message that have the given number.
func eachField(message []byte, number uint64, visit func([]byte) error) error {
	for len(message) > 0 {
		tag, size := binary.Uvarint(message)
		if size <= 0 {
			return errProtobuf
		}
		message = message[size:]
		value, rest, err := cutField(message, tag&7)
		if err != nil {
			return err
		}
		message = rest
		if tag == number<<3|2 {
			if err := visit(value); err != nil {
				return err
			}
		}
	}
	return nil
}

func cutField(message []byte, wireType uint64) (value, rest []byte, err error) {
	length := 0
	switch wireType {
	case 0:
		_, length = binary.Uvarint(message)
	case 1:
		length = 8
	case 5:
		length = 4
	case 2:
		size, prefix := binary.Uvarint(message)
		if prefix <= 0 || size > uint64(len(message)-prefix) {
			return nil, nil, errProtobuf
		}
		end := prefix + int(size)
		return message[prefix:end], message[end:], nil
	}
	if length <= 0 || length > len(message) {
		return nil, nil, errProtobuf
	}
	return message[:length], message[length:], nil
}
