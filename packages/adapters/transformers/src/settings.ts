import { isObject, readToolNames } from '@slm-audit/core/adapter'
import { member } from './member.ts'
import { toOutline, toPlain } from './plain.ts'

type Settings = { readonly [name: string]: unknown }

/** How the application listens, and what is a content: tools, and documents to answer from. */
const LEFT_OUT = new Set(['streamer', 'tools', 'documents'])
/** Code, of which the record keeps the names. */
const NAMED = new Set(['stopping_criteria', 'logits_processor'])

/** The options that were sent, and nothing that transformers.js fills in; as plain JSON. */
export function settingsOf(options: unknown, except: ReadonlySet<string> = new Set()): Settings {
  if (!isObject(options)) return {}
  const sent: { [name: string]: unknown } = {}
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || LEFT_OUT.has(name) || except.has(name)) continue
    sent[name] = NAMED.has(name) ? namesOf(value) : toOutline(value)
  }
  return sent
}

/** The tools offered to the model through its chat template. */
export function toolsOf(options: unknown): { tools?: unknown; toolNames?: readonly string[] } {
  const tools = member(options, 'tools')
  if (!Array.isArray(tools)) return {}
  return { tools: toPlain(tools), toolNames: readToolNames(tools) }
}

/** Names of the classes, or of the functions, of one object, a list of them, or a list object. */
function namesOf(value: unknown): readonly string[] {
  const list = member(value, 'criteria') ?? member(value, 'processors') ?? value
  const items = Array.isArray(list) ? list : [list]
  return items.map((item: unknown) => {
    const maker = member(item, 'constructor')
    return String(member(maker === Function ? item : maker, 'name'))
  })
}
