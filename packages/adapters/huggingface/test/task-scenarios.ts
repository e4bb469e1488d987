import { readFileSync } from 'node:fs'
import type { AuditedCall } from '@slm-audit/core/reader'
import type { Answer } from '@slm-audit/testing'
import { type ClientScenario, collect, outcomeOf } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import type { Client } from './clients.ts'

/** A client and where its server is: both majors take that with each call. */
export interface Use {
  readonly client: Client
  readonly endpointUrl: string
  readonly options: object
}

/** A file of the fixtures. */
export const bytesOf = (path: string) =>
  readFileSync(new URL(`../fixtures/${path}`, import.meta.url))

/** A recorded answer in one piece. */
export const recorded = (name: string): Answer => ({ chunks: [bytesOf(`${name}/response.json`)] })

/** How calls ended, and what they were. */
export const facts = (calls: readonly AuditedCall[]) =>
  calls.map(({ stage, record }) => [stage, record.call?.operation, record.call?.protocol])

/** Major 3 looks up a model unless it is named one. */
const at = ({ endpointUrl }: Use) => ({ model: 'm', endpointUrl })

const WAV = new Uint8Array([82, 73, 70, 70, 36, 0, 0, 0, 87, 65, 86, 69, 255, 128])

/** Whether the client refused an answer in the form of old, as major 4 does. */
let isRefused = false

/** Tasks, which are told apart by the method that was called. */
export const taskScenarios: readonly ClientScenario<Use>[] = [
  {
    name: 'featureExtraction',
    answers: [recorded('feature-extraction')],
    run: (use) => use.client.featureExtraction({ inputs: ['a red dot', 'a blue dot'], ...at(use) }),
    check(calls) {
      expect(facts(calls)).toEqual([['complete', 'embeddings', 'huggingface.task']])
      expect(calls[0]?.record.response?.details).toEqual({ dimensions: 3 })
    }
  },
  {
    name: 'textClassification',
    answers: [recorded('text-classification')],
    run: (use) => outcomeOf(() => use.client.textClassification({ inputs: 'Good.', ...at(use) })),
    check(calls) {
      expect(facts(calls)).toEqual([['complete', 'text_classification', 'huggingface.task']])
      expect(calls[0]?.record.confidence).toBeDefined()
    }
  },
  {
    name: 'zeroShotClassification',
    answers: [{ chunks: ['[{"sequence":"x","labels":["refund"],"scores":[0.9]}]'] }],
    async run(use) {
      const met = await outcomeOf(() =>
        use.client.zeroShotClassification({
          inputs: 'x' as never,
          parameters: { candidate_labels: ['refund'] },
          ...at(use)
        })
      )
      isRefused = 'threw' in met
      return met
    },
    check(calls) {
      const stage = isRefused ? 'error' : 'complete'
      expect(facts(calls)).toEqual([[stage, 'zero_shot_classification', 'huggingface.task']])
    }
  },
  {
    name: 'summarization',
    answers: [recorded('summarization')],
    run: (use) => use.client.summarization({ inputs: 'Long.', ...at(use) }),
    check: (calls) =>
      expect(facts(calls)).toEqual([['complete', 'summarization', 'huggingface.task']])
  },
  {
    name: 'automaticSpeechRecognition, whose sound is digested',
    answers: [recorded('speech-recognition')],
    run: (use) => use.client.automaticSpeechRecognition({ data: new Blob([WAV]), ...at(use) }),
    check(calls) {
      expect(facts(calls)).toEqual([['complete', 'transcription', 'huggingface.task']])
      expect(calls[0]?.contents.input).toMatchObject({ media: { bytes: WAV.length } })
    }
  },
  {
    name: 'textGeneration',
    answers: [{ chunks: ['{"choices":[{"index":0,"text":"Yes.","finish_reason":"stop"}]}'] }],
    run: (use) => outcomeOf(() => use.client.textGeneration({ inputs: 'Is it?', ...at(use) })),
    check: (calls) => expect(calls[0]?.record.call?.operation).toBe('text_completion')
  },
  {
    name: 'textGenerationStream of a server that speaks text-generation-inference',
    answers: [
      {
        headers: { 'content-type': 'text/event-stream' },
        chunks: [bytesOf('text-generation-streamed/chunks.txt')]
      }
    ],
    run: (use) => collect(use.client.textGenerationStream({ inputs: 'Is it?', ...at(use) })),
    check(calls) {
      expect(calls[0]?.record.call?.operation).toBe('text_completion')
      // Major 4 asks for completions in OpenAI's format, which this answer is not in.
      const isOwn = calls[0]?.record.call?.protocol === 'huggingface.task'
      if (isOwn) expect(calls[0]?.contents.logprobs).toBeDefined()
    }
  },
  {
    name: 'request, with a picture as answer',
    answers: [{ headers: { 'content-type': 'image/png' }, chunks: [WAV] }],
    async run(use) {
      const params = { inputs: 'a dot', ...at(use) } as never
      const blob = (await use.client.request(params)) as Blob
      return [blob.type, blob.size]
    },
    check: (calls) =>
      expect(calls[0]?.contents.output).toMatchObject({ media: { bytes: WAV.length } })
  }
]
