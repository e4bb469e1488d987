import { testProtocol } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import { cohereChat, cohereEmbed, cohereProtocols, cohereRerank } from '../src/index.ts'

const folder = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

for (const name of ['plain', 'streamed', 'tools-streamed']) testProtocol(cohereChat, folder(name))
testProtocol(cohereEmbed, folder('embed'))
testProtocol(cohereRerank, folder('rerank'))

test('each path belongs to one protocol, others to none', () => {
  const matching = (url: string, method = 'POST') =>
    cohereProtocols.flatMap(({ matches, name }) => (matches(new URL(url), method) ? [name] : []))
  expect(matching('https://api.cohere.com/v2/chat')).toEqual(['cohere.chat'])
  expect(matching('https://api.cohere.com/v2/embed')).toEqual(['cohere.embed'])
  expect(matching('https://vllm.internal/v2/rerank')).toEqual(['cohere.rerank'])
  expect(matching('https://api.cohere.com/v2/chat', 'GET')).toEqual([])
  expect(matching('https://api.cohere.com/v1/tokenize')).toEqual([])
})
