import { afterAll, beforeAll, describe, test } from 'vitest'
import { type FakeServer, fakeServer, NOBODY, type SeenRequest } from '../fakes/fake-server.ts'
import { type Play, play } from '../fakes/play.ts'
import { checkCanaries } from './canaries.ts'
import {
  Caller,
  checkCalls,
  failureScenarios,
  plainScenarios,
  refusalOf,
  type SharedScenario,
  until
} from './client-scenarios.ts'
import type { ClientScenario, ClientSubject } from './client-subject.ts'
import { endingScenarios } from './ending-scenarios.ts'
import { checkHeldBack } from './held-back.ts'
import { streamScenarios } from './stream-scenarios.ts'
import { twice } from './test-method.ts'

const CANARIES = 'nothing that a policy redacts is stored, however a call goes'
const HELD_BACK = 'no request leaves where no record, or no person, lets it'

/** Headers that differ from call to call in many clients. */
const VOLATILE = ['idempotency-key', 'traceparent', 'amz-sdk-invocation-id', 'x-amz-date']

/**
 * Proves that a client behaves wrapped as it does unwrapped. Against a scripted server on loopback,
 * a table of scenarios is played on both: plain, streamed, broken off, aborted, dying, refused,
 * malformed, frozen, wrapped twice, with a closed log. Equal must be: values and chunks; errors by
 * class, message and members; requests to the byte, with their headers; and whether the client
 * closed its connection. Nothing may be rejected unheard. What a policy redacts is in no record. The record must have the right stage, who
 * ended the call, and the answer as far as it came. The subject says what differs.
 *
 * To be called in a vitest file, once a client and major.
 */
export function testClient<C>(subject: ClientSubject<C>): void {
  describe(`${subject.name}, against the unwrapped client`, () => {
    let server: FakeServer
    beforeAll(async () => {
      server = await fakeServer()
    })
    afterAll(() => server[Symbol.asyncDispose]())

    const rows = sharedScenarios(subject, () => server)
    const { without = {}, scenarios: own = [] } = subject
    if (without[HELD_BACK] === undefined) test(HELD_BACK, () => checkHeldBack(subject, server))
    if (without[CANARIES] === undefined) test(CANARIES, () => checkCanaries(subject, server))

    checkNames(subject, [...rows, ...own])
    const applies = ({ name }: { readonly name: string }) => without[name] === undefined
    for (const scenario of rows.filter(applies)) {
      const url = () => (scenario.refused ? NOBODY : server.url)
      test(scenario.name, ({ task }) => {
        // For whoever prints the table of scenarios.
        Object.assign(task.meta, { without })
        return play(toPlay(subject, scenario, server, url()))
      })
    }
    for (const { check, ...scenario } of own.filter(applies)) {
      const { name } = scenario
      test(name, () =>
        play({
          ...toPlay(subject, { ...scenario, expectation: {} }, server, server.url),
          check: (calls) => check?.(calls)
        })
      )
    }
  })
}

function sharedScenarios<C>(
  subject: ClientSubject<C>,
  server: () => FakeServer
): SharedScenario<C>[] {
  const { plain, stream } = subject
  const called = plain ?? stream
  if (called === undefined) throw new Error(`${subject.name} has neither plain nor stream`)
  const rows: SharedScenario<C>[] = []
  if (plain) {
    const caller = new Caller(subject, plain)
    rows.push(...plainScenarios(caller, server), ...failureScenarios(caller, subject))
  }
  if (stream) {
    const caller = new Caller(subject, stream)
    const malformed = subject.malformed ?? malformedFrame(caller.fixture.contentType)
    const limited = refusalOf(subject, 429)
    rows.push(...streamScenarios(caller, { malformed, limited, retries: subject.retries === true }))
    if (subject.throwsInStreams !== false)
      rows.push(...endingScenarios(caller, plain && new Caller(subject, plain).answer))
  }
  return rows
}

function malformedFrame(contentType: string): Uint8Array | undefined {
  const encoder = new TextEncoder()
  if (contentType.includes('event-stream')) return encoder.encode('data: {rubbish\n\n')
  return contentType.includes('ndjson') ? encoder.encode('{rubbish\n') : undefined
}

/** A name that no scenario has would say nothing. */
function checkNames<C>(subject: ClientSubject<C>, rows: readonly ClientScenario<C>[]): void {
  const names = new Set([HELD_BACK, CANARIES, ...rows.map(({ name }) => name)])
  for (const name of Object.keys({ ...subject.without, ...subject.expected })) {
    if (!names.has(name)) throw new Error(`${subject.name}: there is no scenario "${name}"`)
  }
}

function toPlay<C>(
  subject: ClientSubject<C>,
  scenario: SharedScenario<C>,
  server: FakeServer,
  url: string
): Play<C> {
  const { retries = 0, leavesOpen, closed, givesUp, answers } = scenario
  const staysOpen = leavesOpen === true || (scenario.stops && subject.leavesConnection) === true
  const made: Play<C> = {
    create() {
      server.answer(...answers)
      server.requests.length = 0
      return subject.connect(url, { retries })
    },
    wrap: (client, log) => subject.wrap(client, log),
    run: (client) => scenario.run(client),
    async after(control) {
      if (givesUp) return await until(() => false, 20)
      await settled(server.requests, staysOpen, control as Traffic | undefined)
      return traffic(server.requests, subject.ignoreHeaders ?? [])
    },
    ...(leavesOpen && { leavesOpen }),
    ...(closed && { closed }),
    check(calls) {
      checkCalls(subject, scenario, calls, server.requests.length)
      scenario.check?.(calls)
    }
  }
  return scenario.twice ? twice(made) : made
}

type Traffic = ReturnType<typeof traffic>

/** What the server saw of an application: equal with and without a log. */
function traffic(requests: readonly SeenRequest[], ignored: readonly string[]) {
  return requests.map(withoutBoundary).map(({ headers, ...seen }) => {
    const kept = Object.entries(headers).filter(
      ([name]) => !VOLATILE.includes(name) && !ignored.includes(name)
    )
    return { ...seen, headers: Object.fromEntries(kept) }
  })
}

/** Forms are sent with a boundary that is drawn by lot. */
function withoutBoundary(request: SeenRequest): SeenRequest {
  const type = request.headers['content-type'] ?? ''
  const boundary = /^multipart\/.*boundary=([^;]+)/.exec(type)?.[1]
  if (boundary === undefined) return request
  const headers = { ...request.headers, 'content-type': type.replace(boundary, 'boundary') }
  return { ...request, headers, body: request.body.replaceAll(boundary, 'boundary') }
}

/** Waits until the answers are over, or as over as the control's were. */
async function settled(
  requests: readonly SeenRequest[],
  leavesOpen: boolean,
  control: Traffic | undefined
): Promise<void> {
  const patience = control ? 5_000 : leavesOpen ? 0 : 500
  const isSettled = () =>
    control
      ? requests.length >= control.length &&
        control.every(({ ended }, at) => requests[at]?.ended === ended)
      : requests.every(({ ended }) => ended)
  await until(isSettled, patience)
}
