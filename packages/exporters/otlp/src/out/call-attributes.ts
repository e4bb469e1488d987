import type { Attributes } from '@opentelemetry/api'
import { type AuditRecord, isObject } from '@slm-audit/core/exporter'
import { ATTRIBUTES, type AttributeType, PROVIDERS, SETTINGS_GROUPS } from '../base/semconv.ts'
import { modalityCounts } from './modality-counts.ts'
import { tokenCounts } from './token-counts.ts'

const compile = (paths: readonly string[]) => paths.map((path) => path.split('.'))
const ROWS = ATTRIBUTES.map(([attribute, type, ...paths]) => ({
  attribute,
  type,
  paths: compile(paths)
}))

/** The attributes of a call's span, without content, by the table in semconv.ts. */
export function callAttributes(record: AuditRecord): Attributes {
  const attributes: Attributes = {}
  const provider = record.call?.provider
  if (provider !== undefined) attributes['gen_ai.provider.name'] = providerName(provider)
  const source = sourceOf(record)
  for (const { attribute, type, paths } of ROWS) {
    const value = attributeValue(find(source, paths), type)
    if (value !== undefined) attributes[attribute] = value
  }
  const errorType = errorTypeOf(record)
  if (errorType !== undefined) attributes['error.type'] = errorType
  const outputType = outputTypeOf(source)
  if (outputType !== undefined) attributes['gen_ai.output.type'] = outputType
  if (record.attempts !== undefined && record.attempts.length > 1) {
    attributes['http.request.resend_count'] = record.attempts.length - 1
  }
  for (const [name, tag] of Object.entries(record.context?.tags ?? {})) {
    attributes[`slm_audit.tag.${name}`] = typeof tag === 'object' ? JSON.stringify(tag) : tag
  }
  return attributes
}

/** Attributes of settings that no header holds, such as words that end an answer: they are content. */
export function settingsAttributes(settings: unknown): Attributes {
  if (!isObject(settings)) return {}
  const attributes: Attributes = {}
  const source = { settings: flatSettings(settings) }
  for (const { attribute, type, paths } of ROWS) {
    const value = attributeValue(find(source, paths), type)
    if (value !== undefined) attributes[attribute] = value
  }
  return attributes
}

/** The name that the conventions have for a provider. */
function providerName(provider: string): string {
  return PROVIDERS[provider] ?? provider
}

/**
 * `error.type` of a call that has no whole answer: the class or code of the error, else the HTTP
 * status, else what ended it. A call that its own application cancelled is not an error.
 */
export function errorTypeOf({ stage, outcome }: AuditRecord): string | undefined {
  if (stage === 'error') {
    return outcome?.type ?? outcome?.code ?? outcome?.status?.toString() ?? '_OTHER'
  }
  if (stage === 'cancelled' && outcome?.by === 'timeout') return 'timeout'
  return stage === 'abandoned' || stage === 'denied' ? stage : undefined
}

/** A record beside what the table reads of it under names of its own. */
type Source = { readonly [name: string]: unknown }

function sourceOf(record: AuditRecord): Source {
  return {
    ...record,
    tokens: tokenCounts(record),
    modal: modalityCounts(record),
    ...(record.kind !== 'tool' && record.call?.operation === 'retrieval'
      ? { retrieval: record.call }
      : { [record.kind]: record.call, settings: flatSettings(record.call?.settings) })
  }
}

/** Settings with those that their provider nests; an outer one wins. */
function flatSettings(settings: Source | undefined): Source | undefined {
  let flat = settings
  for (const group of SETTINGS_GROUPS) {
    const nested = settings?.[group]
    if (isObject(nested)) flat = { ...nested, ...flat }
  }
  return flat
}

function find(source: Source, paths: readonly (readonly string[])[]): unknown {
  for (const path of paths) {
    let found: unknown = source
    for (const key of path) found = isObject(found) ? found[key] : undefined
    if (found !== undefined && found !== null) return found
  }
  return undefined
}

/** A value of the attribute's type; one of another type is left out, for nothing may be guessed. */
function attributeValue(value: unknown, type: AttributeType): Attributes[string] | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : undefined
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'double':
      return typeof value === 'number' ? value : undefined
    case 'seconds':
      return typeof value === 'number' ? value / 1000 : undefined
    case 'int':
      return Number.isSafeInteger(value) ? Number(value) : undefined
    case 'count1':
      return Number.isSafeInteger(value) && value !== 1 ? Number(value) : undefined
    case 'strings':
      return strings(value)
  }
}

function strings(value: unknown): string[] | undefined {
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value) || value.length === 0) return undefined
  return value.every((each) => typeof each === 'string') ? value : undefined
}

const OUTPUT_TYPES: { readonly [format: string]: string } = {
  json: 'json',
  json_object: 'json',
  json_schema: 'json',
  'application/json': 'json',
  text: 'text',
  'text/plain': 'text'
}

const FORMATS = compile([
  'settings.response_format.type',
  'settings.responseMimeType',
  'settings.text.format.type',
  'settings.format'
])

/** What kind of output the request asked for, where it did. */
function outputTypeOf(source: Source): string | undefined {
  const format = find(source, FORMATS)
  if (isObject(format)) return 'json'
  return typeof format === 'string' ? OUTPUT_TYPES[format] : undefined
}
