import { textOf } from '@slm-audit/core/reader'
import { collect } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import { recorded, tells } from './recorded.ts'
import type { Scenario } from './scenario.ts'

const speech = recorded('speech', 'response.bin')
const said = { model: 'gpt-4o-mini-tts', input: 'It is sunny.', voice: 'ash' as const }

/** How applications take a sound. */
const WAYS: { readonly [way: string]: (response: Response) => Promise<unknown> } = {
  blob: async (response) => {
    const blob = await response.blob()
    return [blob.constructor.name, blob.type, new Uint8Array(await blob.arrayBuffer())]
  },
  arrayBuffer: (response) => response.arrayBuffer(),
  bytes: (response) => response.bytes(),
  body: (response) => collect(response.body as unknown as AsyncIterable<unknown>)
}

/** Endpoints that answer in one piece, each against the unwrapped client. */
export const endpointScenarios: readonly Scenario[] = [
  {
    name: 'embeddings, in base64 as the client asks by itself',
    answers: [recorded('embeddings', 'response.json')],
    run: (client) => client.embeddings.create({ model: 'm', input: ['rome', 'oslo'] }),
    check(calls) {
      tells('embeddings complete')(calls)
      expect(calls[0]?.record.call?.settings).toEqual({ encoding_format: 'base64' })
      expect(calls[0]?.record.response?.details).toEqual({ count: 2, dimensions: 4 })
    }
  },
  {
    name: 'embeddings, as floats',
    answers: [recorded('embeddings-floats', 'response.json')],
    run: (client) =>
      client.embeddings.create({ model: 'm', input: 'rome', encoding_format: 'float' }),
    check: tells('embeddings complete')
  },
  {
    name: 'moderations',
    answers: [recorded('moderations', 'response.json')],
    run: (client) => client.moderations.create({ input: 'I will break it' }),
    check(calls) {
      tells('moderation complete')(calls)
      expect(calls[0]?.record.confidence?.scores).toContainEqual({ label: 'violence', score: 0.93 })
    }
  },
  {
    name: 'decisions',
    answers: [recorded('decisions', 'response.json')],
    run: (client) =>
      client.decisions.create({
        model: 'gpt-6-luna',
        input: 'The box was open.',
        questions: [{ type: 'predicate', name: 'complaint', instructions: 'Is it a complaint?' }]
      }),
    check(calls) {
      tells('decide complete')(calls)
      expect(calls[0]?.record.confidence?.scores).toContainEqual({
        label: 'complaint',
        score: 0.97
      })
    }
  },
  {
    name: 'images.generate()',
    answers: [recorded('images', 'response.json')],
    run: (client) => client.images.generate({ model: 'gpt-image-1', prompt: 'a sun' }),
    check: tells('image_generation complete')
  },
  {
    name: 'completions, plain and streamed',
    answers: [
      recorded('completions', 'response.json'),
      recorded('completions-streamed', 'chunks.txt')
    ],
    async run(client) {
      const params = { model: 'm', prompt: 'Once upon' }
      return [
        await client.completions.create(params),
        await collect(await client.completions.create({ ...params, stream: true }))
      ]
    },
    check(calls) {
      tells('text_completion complete', 'text_completion complete')(calls)
      expect(textOf(calls[1]?.contents.output)).toBe(' a time é😀')
    }
  },
  ...Object.entries(WAYS).map(([way, take]) => ({
    name: `speech, taken as ${way}`,
    answers: [speech],
    run: async (client: Parameters<Scenario['run']>[0]) =>
      take(await client.audio.speech.create(said)),
    check(calls: Parameters<NonNullable<Scenario['check']>>[0]) {
      tells('speech complete')(calls)
      expect(calls[0]?.contents.output).toMatchObject({
        audio: { media: { bytes: 314, type: 'audio/mpeg' } }
      })
    }
  }))
]
