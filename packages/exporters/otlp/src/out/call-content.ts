import type { AnyValue, Attributes } from '@opentelemetry/api'
import { type AuditRecord, readContent, type SealedRecord } from '@slm-audit/core/exporter'
import { CONTENT } from '../base/semconv.ts'
import { settingsAttributes } from './call-attributes.ts'
import { inputMessages, outputMessages, toolDefinitions } from './messages.ts'

/** The contents of a call's records as attributes; what was erased or never stored is left out. */
export function contentAttributes(
  record: AuditRecord,
  sealed: readonly SealedRecord[]
): Attributes {
  const contents = new Map<string, unknown>()
  for (const { contents: stored } of sealed) {
    for (const content of stored) contents.set(content.name, readable(content))
  }
  if (record.kind === 'tool') {
    return given({
      [CONTENT.toolArguments]: contents.get('input'),
      [CONTENT.toolResult]: contents.get('output')
    })
  }
  if (record.call?.operation === 'retrieval') {
    const query = contents.get('input')
    return given({
      [CONTENT.query]: typeof query === 'string' ? query : undefined,
      [CONTENT.documents]: contents.get('output')
    })
  }
  const { messages, instructions } = inputMessages(contents.get('input'))
  const output = outputMessages(contents.get('output'), contents.get('reasoning'))
  const tools = toolDefinitions(contents.get('tools'))
  return given({
    [CONTENT.input]: messages.length > 0 ? messages : undefined,
    [CONTENT.instructions]: instructions,
    [CONTENT.output]: output.length > 0 ? output : undefined,
    [CONTENT.tools]: tools.length > 0 ? tools : undefined,
    ...settingsAttributes(contents.get('settings'))
  })
}

/** What an error said, for an exception's event. */
export function errorMessage(sealed: SealedRecord): string | undefined {
  const message = contentOf(sealed, 'error')
  return typeof message === 'string' ? message : undefined
}

/** A content of a record, where it is there. */
export function contentOf(sealed: SealedRecord, name: string): unknown {
  const content = sealed.contents.find((one) => one.name === name)
  return content && readable(content)
}

/** The same attributes with everything that is not a plain value as JSON text. */
export function asJson(attributes: Attributes): Attributes {
  const flat: Attributes = {}
  for (const [name, value] of Object.entries(attributes)) {
    flat[name] = typeof value === 'object' && value !== null ? JSON.stringify(value) : value
  }
  return flat
}

function readable(content: SealedRecord['contents'][number]): unknown {
  try {
    return readContent(content)
  } catch {
    // Stored bytes that are not what their media type says: verify finds those, an export goes on.
    return undefined
  }
}

function given(values: { readonly [name: string]: unknown }): Attributes {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [name: string]: AnyValue }
}
