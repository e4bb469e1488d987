import { isObject } from '../base/json.ts'
import { ownMembers } from '../base/json-text.ts'
import type { CallRequest } from './call-facts.ts'
import { type ContentLimits, ContentWriter } from './contents.ts'
import { CALL_FIELDS } from './fields/call-fields.ts'
import { type Coerced, coerce, textOf } from './fields/coerce.ts'
import { isId, isName } from './fields/names.ts'
import { markUnknown } from './fields/unknown-members.ts'
import { type Member, member, word } from './header.ts'
import type { Later } from './later.ts'
import { typeOfError } from './outcome.ts'
import type { Alteration, ModelIdentity, UnplacedRecord } from './record.ts'
import type { Content } from './sealed-record.ts'
import { splitFacts } from './split-facts.ts'

type CallGroup = NonNullable<UnplacedRecord['call']>

const CALL = word('call')
const UNKNOWN = 'unknown'

/** Most images, sounds and files whose bytes one request can keep. */
const MOST_MEDIA = 32

/** Members of a request: the fields of `call`, whose names of tools are `toolNames` there, and those that are not fields. */
const REQUEST: ReadonlySet<string> = new Set([
  ...Object.keys(CALL_FIELDS),
  'kind',
  'input',
  'toolNames',
  'identity',
  'conversation'
])

/** The request's share of a call's records, serialised. */
export interface RequestPart {
  readonly kind: Member<string>
  readonly call: Member<CallGroup>
  readonly contents: readonly Content[]
  readonly altered: readonly Alteration[]
  readonly conversation: string | undefined
  /** What ties a tool's run to the answer that asked for it, as given. */
  readonly tool: Pick<CallRequest, 'name' | 'toolCallId'>
  readonly identity: () => ModelIdentity | undefined
  /** Why the request could not be read, where it could not. */
  readonly problem?: unknown
}

/** Serialises a request. Never throws: a request that cannot be read is recorded as unknown. */
export function readRequestPart(later: Later<CallRequest>, limits: ContentLimits): RequestPart {
  const writer = new ContentWriter(limits, MOST_MEDIA)
  const { contents, altered } = writer
  try {
    const given = typeof later === 'function' ? later() : later
    if (!isObject(given as unknown)) throw new TypeError('a request is an object')
    const request = ownMembers(given)
    writer.add('input', inputOf(request, writer))
    writer.add('tools', writer.withoutKeys('tools', request.tools))
    const { facts, texts } = splitFacts(writer.withoutKeys('settings', request.settings))
    writer.add('settings', texts)
    const { value: call, moved } = callGroup(request, facts, altered)
    writer.add('header.call', writer.withoutKeys('header.call', moved))
    return {
      kind: kindOf(request),
      call: member(call),
      contents,
      altered,
      conversation: conversationOf(request, writer),
      tool: toolOf(request),
      identity: () => identityOf(request)
    }
  } catch (problem) {
    return {
      kind: CALL,
      call: member<CallGroup>({ operation: UNKNOWN, provider: UNKNOWN }),
      contents,
      // Its message may quote the request.
      altered: [...altered, { pointer: '/call', what: 'unread', reason: typeOfError(problem) }],
      conversation: undefined,
      tool: {},
      identity: () => undefined,
      problem
    }
  }
}

function kindOf({ kind }: CallRequest): Member<string> {
  const named = textOf(kind)
  return named !== undefined && isName(named) ? member(named) : CALL
}

function toolOf({ name, toolCallId }: CallRequest): RequestPart['tool'] {
  const [named, asked] = [textOf(name), textOf(toolCallId)]
  return {
    ...(named !== undefined && { name: named }),
    ...(asked !== undefined && { toolCallId: asked })
  }
}

/** Members of an input that are what was said, in which a key is for a policy to find. */
const SAID = new Set(['messages', 'prompt', 'input', 'inputs', 'contents', 'system', 'text'])

/** The input of a call without the keys beside what was said; what tools are given stays as it is. */
function inputOf({ kind, input }: CallRequest, writer: ContentWriter): unknown {
  if ((kind !== undefined && kind !== 'call') || !isObject(input)) return input
  const beside = Object.entries(input).filter(([name]) => !SAID.has(name))
  if (beside.length === 0) return input
  const found = writer.withoutKeys('input', Object.fromEntries(beside)) as typeof input
  if (beside.every(([name, value]) => found[name] === value)) return input
  const isLeft = (name: string) => SAID.has(name) || Object.hasOwn(found, name)
  const members = Object.entries(input).filter(([name]) => isLeft(name))
  return Object.fromEntries(members.map(([name, value]) => [name, found[name] ?? value]))
}

/** The conversation that a request names; what is not an identifier becomes a content. */
function conversationOf({ conversation }: CallRequest, writer: ContentWriter): string | undefined {
  const named = textOf(conversation)
  if (named === undefined || isId(named)) return named
  writer.add('header.context', { conversation: named })
  writer.altered.push({ pointer: '/context/conversation', what: 'moved' })
  return undefined
}

/** As the adapter gives it; `composeDraft` fits it into the header. */
function identityOf({ identity }: CallRequest): ModelIdentity | undefined {
  try {
    const found: unknown = typeof identity === 'function' ? identity() : identity
    return isObject(found) ? (found as ModelIdentity) : undefined
  } catch {
    // Unknown is absent.
    return undefined
  }
}

function callGroup(
  request: CallRequest,
  settings: unknown,
  marks: Alteration[]
): Coerced<CallGroup> {
  const { settings: _settings, ...rest } = request
  const { toolNames: tools } = request
  const given: { [name: string]: unknown } = {}
  for (const name of Object.keys(CALL_FIELDS)) given[name] = rest[name as keyof typeof rest]
  given.settings = settings
  given.tools = Array.isArray(tools) ? [...tools] : tools
  markUnknown(request, REQUEST, '/call', marks)
  for (const name of ['operation', 'provider'] as const) {
    if (given[name] === undefined) {
      marks.push({ pointer: `/call/${name}`, what: 'unread', reason: 'missing' })
    }
  }
  const { value, moved } = coerce(CALL_FIELDS, given, '/call', marks)
  const { operation = UNKNOWN, provider = UNKNOWN } = value as Partial<CallGroup>
  return { value: { ...value, operation, provider } as CallGroup, moved }
}
