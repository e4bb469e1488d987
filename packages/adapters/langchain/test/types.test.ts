import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { auditHandler } from '../src/index.ts'
import * as core0 from './major-0/index.ts'
import * as core1 from './major-1.ts'

test('the handler is what callbacks take, in every major', async () => {
  const { log, calls } = memoryLog()
  const callbacks = [auditHandler(log)]
  await new core0.FakeListChatModel({ responses: ['a'] }).invoke('x', { callbacks })
  await new core1.FakeListChatModel({ responses: ['b'] }).invoke('x', { callbacks })
  expect(await calls()).toHaveLength(2)
})
