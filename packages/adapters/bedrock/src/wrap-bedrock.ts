import {
  type AnyMethod,
  type AttemptGroup,
  type AttemptOptions,
  type AuditLog,
  checkWrapping,
  claim,
  isAsyncIterable,
  isObject,
  type OpenCall,
  overNext,
  passError,
  passOn,
  replaceMethod,
  reportStandIns,
  reportUntested,
  signalOf,
  watchConsumer
} from '@slm-audit/core/adapter'
import { auditRequest, type HttpRequest } from './audit-request.ts'

type Handler = (args: { readonly request?: unknown }) => Promise<unknown>
type Middleware = (next: Handler) => Handler

interface Client {
  send(...args: unknown[]): unknown
  readonly middlewareStack: {
    add(middleware: Middleware, options: { readonly [name: string]: unknown }): void
  }
}

const TESTED = ['3']

/**
 * The same client, whose calls of models (Converse, InvokeModel, plain and streamed) are recorded from now on:
 * a client of the AWS SDK cannot be derived from another, so it is changed in place, by its own
 * middleware stack. Commands, shortcuts such as `client.converse()` and callbacks work as before.
 * Retries of one call are attempts of one record. Wrapping twice for one log is harmless.
 *
 * Throws TypeError when `client` is not a client of the `@aws-sdk/client-bedrock-runtime` package.
 */
export function wrapBedrock<T extends object>(client: T, log: AuditLog): T {
  checkWrapping(log, client)
  if (!isClient(client)) {
    throw new TypeError('this is not a client of the @aws-sdk/client-bedrock-runtime package')
  }
  if (!claim(client, log)) return client
  const unseen = { target: client, name: '@aws-sdk/client-bedrock-runtime client' }
  reportStandIns(log, unseen, ['send'])
  const sending = new WeakMap<AttemptGroup, { isOver: boolean }>()
  const grouped = (send: AnyMethod): AnyMethod =>
    function (...args) {
      const [, sent] = args
      const signal = signalOf(isObject(sent) ? sent.abortSignal : undefined)
      const state = { isOver: false }
      const options = (): AttemptOptions => ({
        // How often the client tries is its own strategy's choice, which it does not tell.
        limit: state.isOver ? 1 : Number.POSITIVE_INFINITY,
        tellsWhenOver: true,
        signal
      })
      return log.withAttempts(options, () => {
        const group = log.attempts()
        if (group) sending.set(group, state)
        return send.apply(this, args)
      })
    }
  replaceMethod(client, 'send', grouped, log)
  const { middlewareStack } = client
  const outermost = { step: 'initialize', priority: 'high', tags: ['AUDIT'] }
  const innermost = { step: 'deserialize', priority: 'low', tags: ['AUDIT'] }
  middlewareStack.add(watchCalls(log, sending), outermost)
  middlewareStack.add(watchRequests(log), innermost)
  return client
}

/** Tells the call's attempts what came of it. */
function watchCalls(
  log: AuditLog,
  sending: WeakMap<AttemptGroup, { isOver: boolean }>
): Middleware {
  return overNext((host, args) => {
    const group = log.attempts()
    const state = group && sending.get(group)
    // What breaks the stream from here on is not tried again.
    const end = () => {
      if (state) state.isOver = true
    }
    const onResult = passOn((result: unknown) => {
      end()
      const settled = group?.last?.taken()
      if (group?.call?.isOpen) endWithConsumer(result, group.call)
      return settled
    })
    const onError = passError((error) => {
      end()
      return group?.last?.giveUp(error)
    })
    return host(args).then(onResult, onError)
  })
}

/** The SDK tells nobody that a stream's consumer stopped, and leaves the connection open. */
function endWithConsumer(result: unknown, call: OpenCall): void {
  const { output } = isObject(result) ? result : {}
  for (const member of Object.values(isObject(output) ? output : {})) {
    if (isAsyncIterable(member)) watchConsumer(member, call)
  }
}

function watchRequests(log: AuditLog): Middleware {
  return overNext((host, args) => {
    const { request } = args
    if (!log.isRecording || !isRequest(request)) return host(args)
    reportUntested(log, {
      name: '@aws-sdk/client-bedrock-runtime',
      version: versionIn(request.headers),
      tested: TESTED
    })
    return auditRequest(log, request, log.attempts()?.options().signal, () => host(args))
  })
}

function isClient(value: object): value is Client {
  const { send, middlewareStack, config } = value as { readonly [name: string]: unknown }
  return (
    typeof send === 'function' &&
    isObject(middlewareStack) &&
    typeof middlewareStack.add === 'function' &&
    isObject(config) &&
    (config.serviceId === undefined || config.serviceId === 'Bedrock Runtime')
  )
}

function isRequest(value: unknown): value is HttpRequest {
  return isObject(value) && typeof value.hostname === 'string' && typeof value.path === 'string'
}

/** The client says its version in its user agent: `aws-sdk-js/3.1164.0 …`. */
function versionIn(headers: HttpRequest['headers']): string | undefined {
  return /aws-sdk-js\/(\d[\w.-]*)/.exec(headers['user-agent'] ?? '')?.[1]
}
