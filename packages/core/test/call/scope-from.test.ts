import { channel } from 'node:diagnostics_channel'
import type { OpenCall } from '@slm-audit/core'
import { webPlatform } from '@slm-audit/core'
import { expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

/** Runs code with a message, as a framework does that tells of it on a channel. */
const runWith = <T>(name: string, message: object, run: () => T): T =>
  channel(name).runStores(message, run)

test('code that a channel runs is inside of its call, also asynchronously', async () => {
  const { log, journal, problems } = newLog()
  const opened = new Map<unknown, OpenCall>()
  log.scopeFrom(channel('test.inside'), (message) => opened.get(message))
  const step = log.open({ ...chat, kind: 'step' })
  const message = {}
  opened.set(message, step)
  await log.withContext({ user: 'u-7' }, () =>
    runWith('test.inside', message, async () => {
      expect(log.currentCall).toBe(step.auditId)
      await null
      log.open(chat).complete({ output: 'inside' })
      runWith('test.inside', { of: 'nobody' }, () => log.open(chat).complete({ output: 'still' }))
    })
  )
  expect(log.currentCall).toBeUndefined()
  step.complete({})
  await log.flush()
  const [, inside, still] = callsOf(journal.records)
  expect([inside, still].map((call) => call?.record.parent)).toEqual([step.auditId, step.auditId])
  expect(problems).toEqual([])
})

test('a layer below takes over the call that a channel runs it in', async () => {
  const { log, journal } = newLog()
  const call = log.open(chat, { yields: true })
  log.scopeFrom(channel('test.yields'), () => call)
  runWith('test.yields', {}, () => log.open({ ...chat, name: 'wire' }).complete({ output: 'w' }))
  call.complete({ output: 'hook' })
  await log.flush()
  const calls = callsOf(journal.records)
  expect(calls.map(({ record, contents }) => [record.call?.name, contents.output])).toEqual([
    ['wire', 'w']
  ])
})

test('what goes wrong is reported and reaches nobody; a closed log has left the channel', async () => {
  const { log, problems } = newLog()
  log.scopeFrom(channel('test.throws'), () => {
    throw new Error('odd message')
  })
  expect(runWith('test.throws', {}, () => 1)).toBe(1)
  expect(problems.map(({ code }) => code)).toEqual(['protocol_failed'])
  expect(channel('test.throws').hasSubscribers).toBe(true)
  await log.close()
  expect(channel('test.throws').hasSubscribers).toBe(false)
})

test('without asynchronous context it does nothing', async () => {
  const { log } = newLog({ platform: webPlatform() })
  log.scopeFrom(channel('test.web'), () => log.open(chat))
  expect(channel('test.web').hasSubscribers).toBe(false)
  await log.close()
})
