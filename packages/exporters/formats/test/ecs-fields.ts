/**
 * The fields of the Elastic Common Schema that documents of ours have, written down from
 * generated/ecs/ecs_flat.yml of elastic/ecs; `slm_audit.*` is ours.
 */
const FIELDS: { readonly [field: string]: Kind } = {
  '@timestamp': 'date',
  'ecs.version': 'keyword',
  'error.code': 'keyword',
  'error.message': 'text',
  'error.type': 'keyword',
  'event.action': 'keyword',
  'event.category': 'keyword[]',
  'event.dataset': 'keyword',
  'event.duration': 'long',
  'event.end': 'date',
  'event.id': 'keyword',
  'event.kind': 'keyword',
  'event.module': 'keyword',
  'event.outcome': 'keyword',
  'event.provider': 'keyword',
  'event.reason': 'keyword',
  'event.sequence': 'long',
  'event.severity': 'long',
  'event.start': 'date',
  'event.type': 'keyword[]',
  'gen_ai.operation.name': 'keyword',
  'gen_ai.request.frequency_penalty': 'double',
  'gen_ai.request.max_tokens': 'integer',
  'gen_ai.request.model': 'keyword',
  'gen_ai.request.presence_penalty': 'double',
  'gen_ai.request.seed': 'integer',
  'gen_ai.request.temperature': 'double',
  'gen_ai.request.top_k': 'double',
  'gen_ai.request.top_p': 'double',
  'gen_ai.response.id': 'keyword',
  'gen_ai.response.model': 'keyword',
  'gen_ai.usage.input_tokens': 'integer',
  'gen_ai.usage.output_tokens': 'integer',
  'host.hostname': 'keyword',
  'http.response.status_code': 'long',
  message: 'text',
  'observer.product': 'keyword',
  'observer.type': 'keyword',
  'observer.vendor': 'keyword',
  'observer.version': 'keyword',
  'organization.id': 'keyword',
  'process.pid': 'long',
  'server.address': 'keyword',
  'server.port': 'long',
  'service.environment': 'keyword',
  'service.name': 'keyword',
  'service.version': 'keyword',
  'span.id': 'keyword',
  'trace.id': 'keyword',
  'user.id': 'keyword'
}

/** What only one version has. */
const ONLY: { readonly [version: string]: { readonly [field: string]: Kind } } = {
  '9.4.0': { 'gen_ai.system': 'keyword' },
  '9.5.0-dev': {
    'gen_ai.input.messages': 'flattened',
    'gen_ai.output.messages': 'flattened',
    'gen_ai.provider.name': 'keyword'
  }
}

/** Values that the schema allows for categorisation fields. */
const ALLOWED: { readonly [field: string]: readonly string[] } = {
  'event.category': ['api'],
  'event.kind': ['event'],
  'event.outcome': ['failure', 'success', 'unknown'],
  'event.type': ['access', 'start', 'end', 'error', 'info']
}

type Kind = 'keyword' | 'keyword[]' | 'text' | 'long' | 'integer' | 'double' | 'date' | 'flattened'

/** What a document breaks: fields that the version has not, and values of another type. */
export function ecsProblems(document: object, version: string): string[] {
  const fields = { ...FIELDS, ...ONLY[version] }
  const problems: string[] = []
  for (const [field, value] of flatten(document)) {
    if (/^(slm_audit|labels)\./.test(field)) continue
    const kind = fields[field]
    if (kind === undefined) problems.push(`${field} is not a field of ${version}`)
    else if (!fits(value, kind))
      problems.push(`${field} is not of the kind ${kind}: ${JSON.stringify(value)}`)
    const allowed = ALLOWED[field]
    const values = [value].flat()
    if (allowed && !values.every((each) => allowed.includes(String(each)))) {
      problems.push(`${field} may not be ${JSON.stringify(value)}`)
    }
  }
  return problems
}

function fits(value: unknown, kind: Kind): boolean {
  if (kind === 'keyword[]') return Array.isArray(value) && value.every(isText)
  if (kind === 'flattened')
    return Array.isArray(value) && value.every((each) => typeof each === 'object')
  if (kind === 'keyword' || kind === 'text') return isText(value)
  if (kind === 'date') return isText(value) && !Number.isNaN(Date.parse(String(value)))
  return kind === 'double' ? Number.isFinite(value) : Number.isSafeInteger(value)
}

const isText = (value: unknown): boolean => typeof value === 'string'

function flatten(value: object, path = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const at = path === '' ? name : `${path}.${name}`
    const isObject = typeof member === 'object' && member !== null && !Array.isArray(member)
    return isObject ? flatten(member, at) : [[at, member]]
  })
}
