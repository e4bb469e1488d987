// Compares the rules that the tests of @slm-audit/formats check OCSF events with, and a sample of
// events, with a checkout of the schema itself: ocsf.ts <folder of ocsf/ocsf-schema>
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { toOcsf } from '../../packages/exporters/formats/src/index.ts'
import { ocsfEnums, ocsfRules } from '../../packages/exporters/formats/test/ocsf-schema.ts'
import { records } from '../../packages/exporters/formats/test/records.ts'

interface Attribute {
  readonly requirement?: string
  readonly enum?: { readonly [value: string]: unknown }
  readonly type?: string
  readonly is_array?: boolean
}

interface Definition {
  readonly extends?: string
  readonly constraints?: { readonly at_least_one?: readonly string[] }
  readonly attributes: { readonly [name: string]: Attribute | readonly string[] }
}

const [, , folder = ''] = process.argv
const read = <T>(path: string): T => JSON.parse(readFileSync(join(folder, path), 'utf8')) as T
const { version } = read<{ version: '1.8.0' | '1.9.0-dev' }>('version.json')
const dictionary = read<{ attributes: { [name: string]: Attribute } }>('dictionary.json').attributes
const EVENTS = ['base_event', 'application/application', 'application/api_activity']
const PROFILES = ['ai_operation', 'trace', 'record_integrity']
const problems: string[] = []

/** The attributes of an object or of the class, with what it extends and includes. */
function attributesOf(path: string): { [name: string]: Attribute } {
  const definition = read<Definition>(`${path}.json`)
  const { $include, ...own } = definition.attributes
  const included = (($include ?? []) as readonly string[]).map((each) => {
    const { attributes } = read<Definition>(each)
    return attributes as { [name: string]: Attribute }
  })
  const base = definition.extends ? attributesOf(`objects/${definition.extends}`) : {}
  return Object.assign({}, base, ...included, own) as { [name: string]: Attribute }
}

function definitionOf(object: string) {
  if (object !== 'api_activity') {
    const path = `objects/${object}`
    const definition = read<Definition>(`${path}.json`)
    return { attributes: attributesOf(path), definition }
  }
  const attributes: { [name: string]: Attribute } = {}
  for (const event of EVENTS) {
    const { $include, ...own } = read<Definition>(`events/${event}.json`).attributes
    // A profile asks for its attributes where an event names it.
    const included = (($include ?? []) as readonly string[])
      .filter((each) => PROFILES.some((profile) => each.includes(profile)))
      .map((each) => read<Definition>(each).attributes)
    for (const [name, attribute] of Object.entries(Object.assign({}, ...included, own))) {
      attributes[name] = { ...attributes[name], ...(attribute as Attribute) }
    }
  }
  return { attributes, definition: undefined }
}

for (const [object, rules] of Object.entries(ocsfRules[version] ?? {})) {
  const { attributes, definition } = definitionOf(object)
  const required = Object.keys(attributes).filter(
    (name) => attributes[name]?.requirement === 'required'
  )
  const missing = required.filter((name) => !rules.required?.includes(name))
  if (missing.length > 0) problems.push(`${object}: also requires ${missing.join(', ')}`)
  const any = definition?.constraints?.at_least_one
  if (any && any.toSorted().join() !== rules.atLeastOne?.toSorted().join()) {
    problems.push(`${object}: at least one of ${any.join(', ')}`)
  }
  for (const [name, type] of Object.entries(rules.attributes)) {
    const found = attributes[name]
    if (!found) {
      problems.push(`${object}.${name} is not in the schema`)
      continue
    }
    const base = dictionary[name]
    const real = `${found.type ?? base?.type}${base?.is_array ? '[]' : ''}`
    const isText = type === 'string_t' && real.endsWith('_t')
    if (real !== type && !isText) problems.push(`${object}.${name} is a ${real}, not a ${type}`)
    const values = { ...base?.enum, ...found.enum }
    const ours = ocsfEnums[name]
    const unknown = ours?.filter((value) => !(value in values)) ?? []
    if (unknown.length > 0) problems.push(`${object}.${name} may not be ${unknown.join(', ')}`)
  }
}
const events = (await records()).map((each) => toOcsf(each, { version, texts: true }))
console.log(
  problems.length === 0
    ? `${events.length} events, ${version}: the tests' rules are the schema's`
    : problems.join('\n')
)
process.exitCode = problems.length === 0 ? 0 : 1
