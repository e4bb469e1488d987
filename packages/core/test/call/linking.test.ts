import type { CallResponse } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'
import { describe, expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

type ToolCalls = NonNullable<CallResponse['toolCalls']>

/** The records of a log as a tree: names or operations, children indented below their parents. */
function treeOf(calls: readonly AuditedCall[]): string[] {
  const below = (parent: string | undefined, depth: number): string[] =>
    calls
      .filter(({ record }) => record.parent === parent)
      .flatMap(({ auditId, record }) => [
        `${'  '.repeat(depth)}${record.kind} ${record.call?.name ?? record.call?.operation}`,
        ...below(auditId, depth + 1)
      ])
  return below(undefined, 0)
}

function newTree() {
  const { log, journal, problems } = newLog()
  const calls = async () => {
    await log.flush()
    return callsOf(journal.records)
  }
  const ask = (toolCalls: ToolCalls) => {
    const call = log.open(chat)
    call.complete({ toolCalls })
    return call.auditId
  }
  return { log, problems, calls, ask, tree: async () => treeOf(await calls()) }
}

describe('tools hang below the call that asked for them', () => {
  test('by id, also outside of any scope', async () => {
    const { log, ask, calls } = newTree()
    const asker = ask([{ id: 'a', name: 'weather' }])
    ask([{ id: 'b', name: 'weather' }])
    log.tool('weather', () => 'rain', { toolCallId: 'a', input: { city: 'Ulm' } })
    const tool = (await calls())[2]
    expect(tool?.record).toMatchObject({ kind: 'tool', parent: asker })
    expect(tool?.record.call).toMatchObject({ name: 'weather', toolCallId: 'a' })
    expect(tool?.contents).toEqual({ input: { city: 'Ulm' }, output: 'rain' })
  })

  test('by a name that is too much of a text for a header', async () => {
    const { log, ask, calls } = newTree()
    const asker = log.withContext({ session: 's' }, () => {
      const id = ask([{ name: 'look up Alice' }])
      log.tool('look up Alice', () => 12)
      return id
    })
    const tool = (await calls())[1]
    expect(tool?.record.parent).toBe(asker)
    expect(tool?.record.call).not.toHaveProperty('name')
    expect(tool?.contents['header.call']).toEqual({ name: 'look up Alice' })
  })

  test('by name within a context, with the id that the model gave', async () => {
    const { log, ask, calls } = newTree()
    const asker = await log.withContext({ session: 's' }, async () => {
      const id = ask([
        { id: 'a', name: 'weather' },
        { id: 'b', name: 'time' }
      ])
      await Promise.resolve()
      log.tool('time', () => 12)
      return id
    })
    const tool = (await calls())[1]
    expect(tool?.record.parent).toBe(asker)
    expect(tool?.record.call?.toolCallId).toBe('b')
  })

  test('parallel calls of one tool without ids: the asker is certain, the id is not', async () => {
    const { log, ask, calls } = newTree()
    const asker = log.step('agent', () => {
      const id = ask([
        { id: 'a', name: 'weather' },
        { id: 'b', name: 'weather' }
      ])
      log.tool('weather', () => 1)
      log.tool('weather', () => 2)
      return id
    })
    const [, , first, second] = await calls()
    for (const tool of [first, second]) {
      expect(tool?.record.parent).toBe(asker)
      expect(tool?.record.call).not.toHaveProperty('toolCallId')
    }
  })

  test('an id that two open answers share links nothing; the scope tells them apart', async () => {
    const { log, ask, calls } = newTree()
    ask([{ id: 'call_0', name: 'a' }])
    const inside = log.withContext({ session: 's' }, () => {
      const id = ask([{ id: 'call_0', name: 'a' }])
      log.tool('a', () => 1, { toolCallId: 'call_0' })
      return id
    })
    ask([{ id: 'call_1', name: 'a' }])
    ask([{ id: 'call_1', name: 'a' }])
    log.tool('a', () => 2, { toolCallId: 'call_1' })
    const tools = (await calls()).filter(({ record }) => record.kind === 'tool')
    expect(tools.map(({ record }) => record.parent)).toEqual([inside, undefined])
  })

  test('a tool that runs while the answer still streams is linked when it ends', async () => {
    const { log, calls } = newTree()
    const asker = log.open(chat)
    const tool = log.open({ ...chat, kind: 'tool', name: 'a', toolCallId: 'x' })
    await log.flush()
    asker.complete({ toolCalls: [{ id: 'x', name: 'a' }] })
    tool.complete({ output: 1 })
    expect((await calls())[1]?.record.parent).toBe(asker.auditId)
  })

  test('a hook says what a streaming answer asks for, so that the tool is linked at its start', async () => {
    const { log, calls } = newTree()
    const asker = log.open(chat)
    asker.asks([{ id: 'x', name: 'a' }])
    log.tool('a', () => 1, { toolCallId: 'x' })
    asker.complete({ toolCalls: [{ id: 'x', name: 'a' }] })
    expect((await calls())[1]?.record.parent).toBe(asker.auditId)
  })

  test('what an answer asks for bit by bit, and then as a whole, has one asker', async () => {
    const { log, calls } = newTree()
    const toolCalls = ['x', 'y', 'z'].map((id) => ({ id, name: 'a' }))
    const asker = log.open(chat)
    for (const tool of toolCalls) asker.asks([tool])
    asker.complete({ toolCalls })
    for (const { id } of toolCalls) log.tool('a', () => 1, { toolCallId: id })
    const [, ...tools] = await calls()
    expect(tools.map(({ record }) => record.parent)).toEqual(Array(3).fill(asker.auditId))
  })

  test('a later answer without tools ends the claim by name', async () => {
    const { log, ask, calls } = newTree()
    log.withContext({}, () => {
      ask([{ name: 'a' }])
      ask([])
      log.tool('a', () => 1)
    })
    expect((await calls())[2]?.record).not.toHaveProperty('parent')
  })
})

describe('steps', () => {
  test('calls inside, also asynchronous ones, and steps inside of tools, form a tree', async () => {
    const { log, ask, tree } = newTree()
    await log.step('agent', async () => {
      ask([{ id: '1', name: 'look_up' }])
      await log.tool('look_up', async () => {
        await Promise.resolve()
        return log.record(chat, async () => 'found')
      })
      ask([])
    })
    expect(await tree()).toEqual([
      'step agent',
      '  call chat',
      '    tool look_up',
      '      call chat',
      '  call chat'
    ])
  })

  test('a hook names the parent of a call that it opens outside of any scope', async () => {
    const { log, tree } = newTree()
    const graph = log.open({ ...chat, kind: 'step', name: 'graph' })
    const node = log.open({ ...chat, kind: 'step', name: 'node' }, { parent: graph.auditId })
    const model = log.open(chat, { parent: node.auditId })
    model.complete({})
    node.complete({})
    graph.fail(new Error('no'))
    expect(await tree()).toEqual(['step graph', '  step node', '    call chat'])
  })

  test('a framework that keeps a context of its own says where code runs; the inner one counts', async () => {
    const { log, tree } = newTree()
    const node = log.open({ ...chat, kind: 'step', name: 'node' })
    let inside: string | undefined
    log.parentFrom(() => inside)
    await log.step('outer', async () => {
      inside = node.auditId
      await log.record(chat, async () => 1)
      log.tool('tool', () => log.record({ ...chat, operation: 'embeddings' }, () => 2))
      inside = undefined
    })
    expect(await tree()).toEqual([
      'step node',
      '  call chat',
      '  tool tool',
      '    call embeddings',
      'step outer'
    ])
  })
})
