/**
 * The protocol's messages as the recorded cases write them: by the names of their fields, those with their
 * defaults left out, a header by its revision alone.
 */
import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  type Message,
  type MessageInitShape,
  ScalarType,
} from '@bufbuild/protobuf';
import type { Fields } from '../cases/recorded.ts';

/** An unknown name is an error: nothing is silently not asked. */
export function messageOf(schema: DescMessage, fields: Fields): Message {
  return create(schema, initOf(schema, fields) as MessageInitShape<DescMessage>);
}

export function fieldsOf(schema: DescMessage, message: Message): Fields {
  const fields: Record<string, unknown> = {};
  for (const field of schema.fields) {
    const isNoise = schema.name === 'ResponseHeader' && field.name !== 'revision';
    const value = isNoise ? undefined : writtenField(field, fieldIn(message, field));
    if (value !== undefined) fields[field.name] = value;
  }
  return fields;
}

function initOf(schema: DescMessage, fields: Fields): Fields {
  const init: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(fields)) {
    const field = schema.fields.find((candidate) => candidate.name === name);
    if (field === undefined) throw new Error(`${schema.typeName} has no field ${name}`);
    const value = readField(field, given);
    if (field.oneof === undefined) init[field.localName] = value;
    else init[field.oneof.localName] = { case: field.localName, value };
  }
  return init;
}

function readField(field: DescField, given: unknown): unknown {
  if (field.fieldKind === 'list') {
    return (given as readonly unknown[]).map((element) => readElement(field, element));
  }
  return readElement(field, given);
}

function readElement(field: DescField, given: unknown): unknown {
  if (field.message !== undefined) return initOf(field.message, given as Fields);
  if (field.enum !== undefined) return numberOf(field.enum, given as string | number);
  if (field.scalar === ScalarType.BYTES) return Buffer.from(given as string | Uint8Array);
  const isLong = field.scalar === ScalarType.INT64 || field.scalar === ScalarType.UINT64;
  return isLong ? BigInt(given as number | string) : given;
}

function numberOf({ typeName, values }: DescEnum, given: string | number): number {
  if (typeof given === 'number') return given;
  const known = values.find(({ name }) => name === given);
  if (known === undefined) throw new Error(`${typeName} has no ${given}`);
  return known.number;
}

function fieldIn(message: Message, { oneof, localName }: DescField): unknown {
  const values = message as unknown as Fields;
  if (oneof === undefined) return values[localName];
  const chosen = values[oneof.localName] as { readonly case?: string; readonly value?: unknown };
  return chosen.case === localName ? chosen.value : undefined;
}

/** Undefined if it is not there, or has its default. */
function writtenField(field: DescField, value: unknown): unknown {
  if (field.fieldKind !== 'list') return writtenElement(field, value);
  const list = value as readonly unknown[];
  return list.length > 0
    ? list.map((element) => writtenElement(field, element) ?? element)
    : undefined;
}

function writtenElement(field: DescField, value: unknown): unknown {
  if (value === undefined || value === false || value === 0 || value === 0n) return undefined;
  if (field.message !== undefined) return fieldsOf(field.message, value as Message);
  if (field.enum !== undefined) {
    return field.enum.values.find(({ number }) => number === value)?.name ?? value;
  }
  if (value instanceof Uint8Array || typeof value === 'string') {
    return value.length > 0 ? value : undefined;
  }
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
