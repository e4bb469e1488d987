import type { AuditRecord } from '@slm-audit/core/reader'

type Contents = { readonly [name: string]: unknown }

/** Where a call went and what was sent, as far as the record knows. */
function requestOf(record: AuditRecord, contents: Contents) {
  const { endpoint, model, settings, stream } = record.call ?? {}
  const { input, tools } = contents
  const more = contents.settings
  const asked = Array.isArray(input)
    ? { messages: input }
    : typeof input === 'object' && input !== null
      ? input
      : { prompt: input }
  const body = {
    ...(model !== undefined && { model }),
    ...asked,
    ...(tools !== undefined && { tools }),
    ...settings,
    ...(typeof more === 'object' && more),
    ...(stream && { stream })
  }
  return { url: urlOf(endpoint), body }
}

function urlOf(endpoint: NonNullable<AuditRecord['call']>['endpoint']): string {
  if (!endpoint) return 'https://HOST/v1/chat/completions'
  const { address, port, path = '/v1/chat/completions' } = endpoint
  // What is served under a name is served with TLS; a port of one's own seldom is.
  const isPlain = port !== undefined && port !== 443
  return `${isPlain ? 'http' : 'https'}://${address}${port === undefined ? '' : `:${port}`}${path}`
}

/** A call as a command for a shell: what was asked, without a key. */
export function curlOf(record: AuditRecord, contents: Contents): string {
  const { url, body } = requestOf(record, contents)
  return [
    `curl ${quoted(url)}`,
    "  -H 'content-type: application/json'",
    '  -H "authorization: Bearer $API_KEY"',
    `  -d ${quoted(JSON.stringify(body))}`
  ].join(' \\\n')
}

/** A call as code for Node and browsers: what was asked, without a key. */
export function codeOf(record: AuditRecord, contents: Contents): string {
  const { url, body } = requestOf(record, contents)
  return [
    `const response = await fetch(${JSON.stringify(url)}, {`,
    "  method: 'POST',",
    "  headers: { 'content-type': 'application/json', authorization: 'Bearer API_KEY' },",
    `  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')})`,
    '})',
    'console.log(await response.json())'
  ].join('\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
