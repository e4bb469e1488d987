import type { Attributes } from '@opentelemetry/api'
import type { AuditRecord } from '@slm-audit/core/exporter'
import { CONTENT, REFERENCE_SUFFIX } from '../base/semconv.ts'

/** Which attribute a content of a record answers to. */
const ATTRIBUTE: { readonly [content: string]: string } = {
  input: CONTENT.input,
  tools: CONTENT.tools,
  output: CONTENT.output
}

const TOOL_ATTRIBUTE: { readonly [content: string]: string } = {
  input: CONTENT.toolArguments,
  output: CONTENT.toolResult
}

/**
 * Says where contents are, in place of what they say:
 * `slm-audit://<origin>/<auditId>/<content>?index=<leaf index>&commitment=<SHA-256>`. Index and
 * commitment are those of the record that holds the content, so that what is found in the journal
 * can be checked against what was exported.
 */
export function referencesOf(records: readonly AuditRecord[]): Attributes {
  const references: Attributes = {}
  for (const record of records) {
    const { contents, index, origin } = record.log
    for (const [name, { commitment }] of Object.entries(contents)) {
      const attribute = (record.kind === 'tool' ? TOOL_ATTRIBUTE : ATTRIBUTE)[name]
      if (attribute === undefined) continue
      references[attribute + REFERENCE_SUFFIX] =
        `slm-audit://${encodeURIComponent(origin)}/${record.auditId}/${name}` +
        `?index=${index}&commitment=${commitment}`
    }
  }
  return references
}
