import { type CallSummary, makeSession, TurnFolding } from '@slm-audit/core/reader'
import { expect, test } from 'vitest'

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString()
const step = (index: number, ms: number, durationMs: number, more: Partial<CallSummary> = {}) =>
  ({
    ...{ auditId: `id-${index}`, index, kind: 'call', stage: 'complete', receivedAt: at(ms) },
    ...{ durationMs, model: 'm-1', session: 'S', ...more }
  }) satisfies CallSummary

test('steps that follow each other closely are one run, and pauses are named', () => {
  const session = makeSession('S', [
    step(9, 60_000, 200, { question: 'And now?', answer: 'Later.' }),
    step(1, 0, 300, { question: 'Where?', tool: 'lookup', user: 'u-7', service: 'bot' }),
    step(3, 310, 900, { kind: 'tool', tool: 'lookup', parent: 'id-1' }),
    step(5, 1_300, 250, { answer: 'There.', service: 'bot', version: '2.0' }),
    step(11, 60_500, 0, { stage: 'event', kind: 'annotation' })
  ])
  expect(
    session.runs.map(({ pauseMs, steps }) => [pauseMs, steps.map(({ index }) => index)])
  ).toEqual([
    [undefined, [1, 3, 5]],
    [58_450, [9]]
  ])
  expect(session).toMatchObject({
    ...{ stepCount: 4, errorCount: 0, busyMs: 1_750, question: 'Where?', answer: 'Later.' },
    ...{ users: ['u-7'], services: ['bot', 'bot 2.0'], beganAt: at(0), endedAt: at(60_200) },
    slowest: { name: 'lookup', durationMs: 900 }
  })
  expect(session.annotations.map(({ index }) => index)).toEqual([11])
})

test('steps inside of others are below them, and what stands around them is not the slowest', () => {
  const session = makeSession('S', [
    step(1, 0, 1_000, { kind: 'step', operation: 'agent' }),
    step(3, 10, 700, { parent: 'id-1' }),
    step(5, 710, 200, { parent: 'id-1', kind: 'call', model: 'm-2' }),
    step(7, 950, 0, { stage: 'received', durationMs: undefined as never, parent: 'id-1' })
  ])
  expect(session.runs[0]?.steps.map(({ depth }) => depth)).toEqual([0, 1, 1, 1])
  expect(session).toMatchObject({ slowest: { name: 'm-1', durationMs: 700 }, openCount: 1 })
})

test('a turn shows what is new: what was said before is folded, also where it is asked again', () => {
  const folding = new TurnFolding()
  const [ask, answer] = [
    { role: 'user', content: 'Where?' },
    { role: 'assistant', content: 'There.' }
  ]
  expect(folding.next([ask], [answer])).toEqual({
    asked: [{ role: 'user', text: 'Where?' }],
    answered: [{ role: 'assistant', text: 'There.' }],
    folded: 0
  })
  expect(folding.next([ask, answer, ask], 'There.')).toMatchObject({
    asked: [{ role: 'user', text: 'Where?' }],
    answered: [{ text: 'There.' }],
    folded: 2
  })
  expect(folding.next({ orderId: '4711' }, undefined)).toEqual({
    asked: [{ text: '{"orderId":"4711"}' }],
    answered: [],
    folded: 0
  })
  expect(folding.next([ask, answer], undefined)).toMatchObject({ asked: [], folded: 2 })
})

test('a turn of a window folds what the window repeats, with the instructions before it or without', () => {
  const said = Array.from({ length: 5 }, (_, at) => [
    { role: 'user', content: `question ${at}` },
    { role: 'assistant', content: `answer ${at}` }
  ]).flat()
  for (const before of [[], [{ role: 'system', content: 'Be nice.' }]]) {
    const folding = new TurnFolding()
    for (let at = 0; at < 5; at++) {
      const input = [...before, ...said.slice(Math.max(0, 2 * at - 4), 2 * at + 1)]
      const turn = folding.next(input, said[2 * at + 1])
      const [first] = at === 0 ? before : []
      expect(turn.asked.map(({ text }) => text)).toEqual([
        ...(first ? [first.content] : []),
        `question ${at}`
      ])
      expect(turn.folded).toBe(input.length - turn.asked.length)
    }
  }
})

test('a question that is asked again is shown again, and one that is another is not taken for it', () => {
  const folding = new TurnFolding()
  const ping = { role: 'user', content: 'Ping' }
  expect(folding.next([ping], 'Pong')).toMatchObject({ folded: 0 })
  expect(folding.next([ping], 'Pong')).toMatchObject({ asked: [{ text: 'Ping' }], folded: 0 })
  expect(folding.next([{ role: 'user', content: 'Pong' }], 'No.')).toMatchObject({ folded: 0 })
  expect(folding.next(undefined, 'Hello.')).toMatchObject({ asked: [], folded: 0 })
})
