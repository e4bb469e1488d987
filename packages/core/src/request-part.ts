import { type ContentLimits, ContentWriter } from './content.ts'
import { type Member, member, word } from './draft.ts'
import type { Content } from './journal.ts'
import { typeOfError } from './outcome.ts'
import type { CallRequest, Later } from './protocol.ts'
import type { Alteration, DraftRecord, ModelIdentity } from './record.ts'
import { splitTexts } from './split-texts.ts'

type CallGroup = NonNullable<DraftRecord['call']>

const CALL = word('call')

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
  const writer = new ContentWriter(limits)
  try {
    const request = typeof later === 'function' ? later() : later
    writer.add('input', request.input)
    writer.add('tools', request.tools)
    const { facts: settings, texts } = splitTexts(request.settings ?? {})
    writer.add('settings', texts)
    return {
      kind: request.kind === undefined ? CALL : member(request.kind),
      call: member(callGroup(request, settings)),
      contents: writer.contents,
      altered: writer.altered,
      conversation: request.conversation,
      identity: () => identityOf(request)
    }
  } catch (problem) {
    return {
      kind: CALL,
      call: member<CallGroup>({ operation: 'unknown', provider: 'unknown' }),
      contents: writer.contents,
      altered: [
        ...writer.altered,
        // Its message may quote the request.
        { pointer: '/call', what: 'unread', reason: typeOfError(problem) }
      ],
      conversation: undefined,
      identity: () => undefined,
      problem
    }
  }
}

function identityOf({ identity }: CallRequest): ModelIdentity | undefined {
  try {
    return typeof identity === 'function' ? identity() : identity
  } catch {
    // Unknown is absent.
    return undefined
  }
}

function callGroup(request: CallRequest, settings: object): CallGroup {
  const { operation, provider, name, toolCallId, model, protocol, endpoint, stream } = request
  const { prompt } = request
  return {
    operation,
    provider,
    ...(name !== undefined && { name }),
    ...(toolCallId !== undefined && { toolCallId }),
    ...(request.server !== undefined && { server: request.server }),
    ...(model !== undefined && { model: String(model) }),
    ...(protocol !== undefined && { protocol }),
    ...(endpoint !== undefined && { endpoint }),
    ...(stream !== undefined && { stream }),
    ...(Object.keys(settings).length > 0 && {
      settings: settings as NonNullable<CallGroup['settings']>
    }),
    ...(prompt !== undefined && { prompt }),
    ...(request.toolNames !== undefined && { tools: [...request.toolNames] }),
    ...(request.client !== undefined && { client: request.client }),
    ...(request.source !== undefined && { source: request.source })
  }
}
