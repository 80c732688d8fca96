/** How a scalar is written. `id` is a bytes field that is hex in JSON (trace and span ids). */
export type ScalarKind =
  | 'string'
  | 'bool'
  | 'uint32'
  | 'sint32'
  | 'fixed32'
  | 'enum'
  | 'double'
  | 'int64'
  | 'uint64'
  | 'fixed64'
  | 'sfixed64'
  | 'bytes'
  | 'id';

/**
 * `implicit`: proto3 scalar, the default value is not written. `explicit`: absent or present (`optional`, oneof,
 * message). `repeated`: a list.
 */
export type Presence = 'implicit' | 'explicit' | 'repeated';

interface FieldBase {
  /** Number of the field in protobuf. */
  readonly id: number;
  readonly presence: Presence;
  /** Name of the oneof that the field is a member of. */
  readonly oneof?: string;
}

/** A field that holds a scalar or a list of scalars. */
export interface ScalarFieldSpec extends FieldBase {
  readonly kind: ScalarKind;
  /** For `enum`: names by number. */
  readonly names?: readonly string[];
}

/** A field that holds a message or a list of messages. */
export interface MessageFieldSpec extends FieldBase {
  readonly kind: 'message';
  /** A function, since AnyValue contains itself. */
  readonly message: () => Message;
}

/** One field of a message. */
export type FieldSpec = ScalarFieldSpec | MessageFieldSpec;

/** A field with its name in the plain shape, which is its name in JSON. */
export type Field = (ScalarFieldSpec | MessageFieldSpec) & { readonly name: string };

/** A message: what the protobuf and the JSON codec walk along. */
export interface Message {
  readonly name: string;
  readonly fields: readonly Field[];
  /** Fields by their number in protobuf. */
  readonly byId: readonly (Field | undefined)[];
  /** Fields by both names that JSON may use: lowerCamelCase and the one of the .proto file. */
  readonly byName: ReadonlyMap<string, Field>;
  /** Names of the members of each oneof. */
  readonly oneofs: ReadonlyMap<string, readonly string[]>;
  /** A fresh message as it is when nothing was written. */
  empty(): Plain;
}

/** A message in the plain shape, for code that walks along a `Message`. */
export type Plain = Record<string, unknown>;

/** What a proto3 scalar is when it was not written. */
export const SCALAR_DEFAULTS: Readonly<Record<ScalarKind, unknown>> = {
  string: '',
  bool: false,
  uint32: 0,
  sint32: 0,
  fixed32: 0,
  enum: 0,
  double: 0,
  int64: '0',
  uint64: '0',
  fixed64: '0',
  sfixed64: '0',
  bytes: '',
  id: '',
};

/** Describes the message whose plain shape is `T`. The type makes sure that no field of `T` is forgotten. */
export function message<T>(name: string, specs: { readonly [Key in keyof T]-?: FieldSpec }): Message {
  const fields = Object.entries<FieldSpec>(specs).map(([key, spec]) => ({ ...spec, name: key }));
  const byId: (Field | undefined)[] = [];
  const byName = new Map<string, Field>();
  const oneofs = new Map<string, string[]>();
  for (const field of fields) {
    if (field.oneof !== undefined) oneofs.set(field.oneof, [...(oneofs.get(field.oneof) ?? []), field.name]);
    byId[field.id] = field;
    byName.set(field.name, field);
    byName.set(
      field.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      field,
    );
  }
  return { name, fields, byId: Array.from(byId), byName, oneofs, empty: createEmpty(fields) };
}

/** Copying a template keeps all objects of a message at one hidden class, which makes decoding fast. */
function createEmpty(fields: readonly Field[]): () => Plain {
  const template: Plain = {};
  const lists: string[] = [];
  for (const { name, kind, presence } of fields) {
    if (presence === 'explicit') continue;
    if (presence === 'repeated') lists.push(name);
    template[name] = presence === 'implicit' && kind !== 'message' ? SCALAR_DEFAULTS[kind] : undefined;
  }
  return () => {
    const empty = { ...template };
    for (const name of lists) empty[name] = [];
    return empty;
  };
}

/** Removes the other members of a oneof: the one that is written last counts. */
export function clearOneof(of: Message, oneof: string, plain: Plain): void {
  for (const name of of.oneofs.get(oneof) ?? []) if (name in plain) delete plain[name];
}

/** A proto3 scalar. */
export const scalar = (kind: ScalarKind, id: number): FieldSpec => ({ id, kind, presence: 'implicit' });

/** A scalar that is absent or present: `optional`, or a member of `oneof`. */
export const optional = (kind: ScalarKind, id: number, oneof?: string): FieldSpec => ({
  id,
  kind,
  presence: 'explicit',
  ...(oneof === undefined ? {} : { oneof }),
});

/** A list of scalars; numbers are packed. */
export const list = (kind: ScalarKind, id: number): FieldSpec => ({ id, kind, presence: 'repeated' });

/** An enum; `names[n]` is the name of value n in the .proto file. */
export const enumeration = (names: readonly string[], id: number): FieldSpec => ({
  id,
  kind: 'enum',
  presence: 'implicit',
  names,
});

/** A message that may be absent. */
export const one = (of: () => Message, id: number, oneof?: string): FieldSpec => ({
  id,
  kind: 'message',
  presence: 'explicit',
  message: of,
  ...(oneof === undefined ? {} : { oneof }),
});

/** A list of messages. */
export const many = (of: () => Message, id: number): FieldSpec => ({
  id,
  kind: 'message',
  presence: 'repeated',
  message: of,
});
