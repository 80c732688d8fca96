import type {
  AnyValue,
  ArrayValue,
  EntityRef,
  InstrumentationScope,
  KeyValue,
  KeyValueList,
  Resource,
} from '../types.ts';
import { list, type Message, many, message, one, optional, scalar } from './message.ts';

/** opentelemetry/proto/common/v1/common.proto and resource/v1/resource.proto. */
export const ANY_VALUE: Message = message<AnyValue>('AnyValue', {
  stringValue: optional('string', 1, 'value'),
  boolValue: optional('bool', 2, 'value'),
  intValue: optional('int64', 3, 'value'),
  doubleValue: optional('double', 4, 'value'),
  arrayValue: one(() => ARRAY_VALUE, 5, 'value'),
  kvlistValue: one(() => KEY_VALUE_LIST, 6, 'value'),
  bytesValue: optional('bytes', 7, 'value'),
});

export const ARRAY_VALUE: Message = message<ArrayValue>('ArrayValue', { values: many(() => ANY_VALUE, 1) });

export const KEY_VALUE: Message = message<KeyValue>('KeyValue', {
  key: scalar('string', 1),
  value: one(() => ANY_VALUE, 2),
});

/** Tags (number and wire type) of what stands in most attributes, for code that takes those the short way. */
export const KEY_VALUE_TAGS = {
  key: 0x0a,
  value: 0x12,
  stringValue: 0x0a,
  boolValue: 0x10,
  intValue: 0x18,
  doubleValue: 0x21,
} as const;

export const KEY_VALUE_LIST: Message = message<KeyValueList>('KeyValueList', {
  values: many(() => KEY_VALUE, 1),
});

export const SCOPE = message<InstrumentationScope>('InstrumentationScope', {
  name: scalar('string', 1),
  version: scalar('string', 2),
  attributes: many(() => KEY_VALUE, 3),
  droppedAttributesCount: scalar('uint32', 4),
});

export const ENTITY_REF = message<EntityRef>('EntityRef', {
  schemaUrl: scalar('string', 1),
  type: scalar('string', 2),
  idKeys: list('string', 3),
  descriptionKeys: list('string', 4),
});

export const RESOURCE = message<Resource>('Resource', {
  attributes: many(() => KEY_VALUE, 1),
  droppedAttributesCount: scalar('uint32', 2),
  entityRefs: many(() => ENTITY_REF, 3),
});
