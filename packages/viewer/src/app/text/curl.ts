import type { AuditRecord } from '@slm-audit/core/reader'

/** A call as a command for a shell: what was asked, without a key. */
export function curlOf(
  { call }: AuditRecord,
  contents: { readonly [name: string]: unknown }
): string {
  const { endpoint, model, settings, stream } = (call ?? {}) as {
    endpoint?: { url?: string; host?: string; path?: string }
    model?: string
    settings?: object
    stream?: boolean
  }
  const address =
    endpoint?.url ??
    (endpoint?.host
      ? `https://${endpoint.host}${endpoint.path ?? ''}`
      : 'https://HOST/v1/chat/completions')
  const { input, tools } = contents
  const body = {
    model,
    ...(Array.isArray(input)
      ? { messages: input }
      : typeof input === 'object'
        ? input
        : { prompt: input }),
    ...(tools !== undefined && { tools }),
    ...settings,
    ...(stream && { stream })
  }
  return [
    `curl ${quoted(address)}`,
    "  -H 'content-type: application/json'",
    '  -H "authorization: Bearer $API_KEY"',
    `  -d ${quoted(JSON.stringify(body))}`
  ].join(' \\\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
