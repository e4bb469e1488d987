import { testProtocol } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import {
  ollamaChat,
  ollamaEmbed,
  ollamaGenerate,
  ollamaProtocols,
  ollamaSystemOne
} from '../src/index.ts'

const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

testProtocol(ollamaChat, fixture('chat'))
testProtocol(ollamaChat, fixture('chat-streamed'))
testProtocol(ollamaChat, fixture('chat-remote'))
testProtocol(ollamaGenerate, fixture('generate'))
testProtocol(ollamaGenerate, fixture('generate-streamed'))
testProtocol(ollamaGenerate, fixture('generate-tools'))
testProtocol(ollamaEmbed, fixture('embed'))
testProtocol(ollamaEmbed, fixture('embeddings'))
testProtocol(ollamaSystemOne, fixture('system-one'))

test('each path belongs to one protocol, others to none', () => {
  const matching = (path: string, method = 'POST') =>
    ollamaProtocols.filter((one) => one.matches(new URL(path, 'http://127.0.0.1:11434'), method))
  for (const path of ['/api/chat', '/api/generate', '/api/embed', '/api/embeddings']) {
    expect(matching(path)).toHaveLength(1)
    expect(matching(`/behind/a/proxy${path}`)).toHaveLength(1)
    expect(matching(path, 'GET')).toHaveLength(0)
  }
  for (const path of ['/api/show', '/api/pull', '/api/tags', '/v1/chat/completions']) {
    expect(matching(path)).toHaveLength(0)
  }
})

test('a journal finds the protocols in the package, and a copy is not taken for one', async () => {
  for (const protocol of [ollamaChat, ollamaGenerate, ollamaEmbed]) {
    const exported = await import(protocol.workerModule?.url() ?? '')
    expect(Object.values(exported)).toContainEqual(expect.objectContaining({ name: protocol.name }))
    expect(protocol.workerModule?.isExported(protocol)).toBe(true)
    expect(protocol.workerModule?.isExported({ ...protocol })).toBe(false)
  }
})
