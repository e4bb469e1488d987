import { isObject } from '../base/json.ts'
import type { CallRequest } from './call-facts.ts'
import { type ContentLimits, ContentWriter } from './contents.ts'
import { type Member, member, word } from './header.ts'
import {
  count,
  fitted,
  flag,
  group,
  list,
  map,
  markUnknown,
  type Shape,
  text
} from './header-shape.ts'
import type { Later } from './later.ts'
import { MODEL } from './model-shape.ts'
import { typeOfError } from './outcome.ts'
import type { Alteration, DraftRecord, ModelIdentity } from './record.ts'
import type { Content } from './sealed-record.ts'
import { splitTexts } from './split-texts.ts'

type CallGroup = NonNullable<DraftRecord['call']>

const CALL = word('call')
const UNKNOWN = 'unknown'

/** Most images, sounds and files whose bytes one request can keep. */
const MOST_MEDIA = 32

const NAMED = group({ name: text, version: text }, ['name'])

const CALL_SHAPE: Shape<CallGroup> = {
  operation: text,
  provider: text,
  name: text,
  toolCallId: text,
  server: NAMED,
  model: text,
  protocol: text,
  endpoint: group({ address: text, port: count, path: text }, ['address']),
  stream: flag,
  settings: map,
  prompt: NAMED,
  tools: list(text),
  client: NAMED,
  source: text
}

const REQUEST: { readonly [Name in keyof Required<CallRequest>]: true } = {
  kind: true,
  operation: true,
  provider: true,
  name: true,
  toolCallId: true,
  server: true,
  model: true,
  input: true,
  tools: true,
  toolNames: true,
  settings: true,
  stream: true,
  prompt: true,
  endpoint: true,
  protocol: true,
  client: true,
  identity: true,
  conversation: true,
  source: true
}

/** The request's share of a call's records, serialised. */
export interface RequestPart {
  readonly kind: Member<string>
  readonly call: Member<CallGroup>
  readonly contents: readonly Content[]
  readonly altered: readonly Alteration[]
  readonly conversation: string | undefined
  readonly identity: () => ModelIdentity | undefined
  /** Why the request could not be read, where it could not. */
  readonly problem?: unknown
}

/** The part of a request, made at once or, where the request is given as a function, once asked. */
export function requestPartOf(
  request: Later<CallRequest>,
  limits: ContentLimits
): Later<RequestPart> {
  if (typeof request !== 'function') return readRequestPart(request, limits)
  let part: RequestPart | undefined
  return () => {
    part ??= readRequestPart(request, limits)
    return part
  }
}

/** Serialises a request. Never throws: a request that cannot be read is recorded as unknown. */
export function readRequestPart(later: Later<CallRequest>, limits: ContentLimits): RequestPart {
  const writer = new ContentWriter(limits, MOST_MEDIA)
  const { contents, altered } = writer
  try {
    const request = typeof later === 'function' ? later() : later
    if (!isObject(request as unknown)) throw new TypeError('a request is an object')
    writer.add('input', request.input)
    writer.add('tools', request.tools)
    const { kind, conversation } = request
    const { facts: settings, texts } = splitTexts(request.settings)
    writer.add('settings', texts)
    return {
      kind: kind === undefined ? CALL : member(text(kind) ?? CALL.value),
      call: member(callGroup(request, settings, altered)),
      contents,
      altered,
      conversation: text(conversation),
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
      identity: () => undefined,
      problem
    }
  }
}

function identityOf({ identity }: CallRequest): ModelIdentity | undefined {
  try {
    const found: unknown = typeof identity === 'function' ? identity() : identity
    return isObject(found) ? fitted(MODEL, found as ModelIdentity, '/model', []) : undefined
  } catch {
    // Unknown is absent.
    return undefined
  }
}

function callGroup(request: CallRequest, settings: unknown, marks: Alteration[]): CallGroup {
  const { operation, provider, name, toolCallId, server, model, protocol, endpoint, stream } =
    request
  const { prompt, toolNames, client, source } = request
  const given = {
    operation,
    provider,
    ...(name !== undefined && { name }),
    ...(toolCallId !== undefined && { toolCallId }),
    ...(server !== undefined && { server }),
    ...(model !== undefined && { model }),
    ...(protocol !== undefined && { protocol }),
    ...(endpoint !== undefined && { endpoint }),
    ...(stream !== undefined && { stream }),
    ...(settings !== undefined && { settings }),
    ...(prompt !== undefined && { prompt }),
    ...(toolNames !== undefined && {
      tools: Array.isArray(toolNames) ? [...toolNames] : toolNames
    }),
    ...(client !== undefined && { client }),
    ...(source !== undefined && { source })
  } as CallGroup
  markUnknown(request, REQUEST, '/call', marks)
  for (const name of ['operation', 'provider'] as const) {
    if (given[name] === undefined) {
      marks.push({ pointer: `/call/${name}`, what: 'unread', reason: 'missing' })
    }
  }
  const call = fitted(CALL_SHAPE, given, '/call', marks)
  return { ...call, operation: call.operation ?? UNKNOWN, provider: call.provider ?? UNKNOWN }
}
