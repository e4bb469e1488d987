import { InferenceClient } from '@huggingface/inference'
import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapHuggingFace } from '../src/index.ts'

const WAV = new Blob(['RIFF'], { type: 'audio/wav' })
const PNG = new Blob([new Uint8Array([137, 80, 78, 71])], { type: 'image/png' })
const digest = { media: expect.objectContaining({ bytes: 4 }) }

/** Each provider is asked in a format of its own, at a path of its own. */
const asked: [provider: string, method: string, inputs: unknown, task: string, expected: object][] =
  [
    ['groq', 'textGeneration', 'Is it?', 'text-generation', { operation: 'text_completion' }],
    ['ovhcloud', 'textGeneration', 'Is it?', 'text-generation', { operation: 'text_completion' }],
    ['fal-ai', 'textToImage', 'a dot', 'text-to-image', { operation: 'image_generation' }],
    ['nscale', 'textToImage', 'a dot', 'text-to-image', { operation: 'image_generation' }],
    ['replicate', 'textToSpeech', 'a dot', 'text-to-speech', { operation: 'speech' }],
    ['novita', 'textToVideo', 'a dot', 'text-to-video', { operation: 'video_generation' }],
    ['scaleway', 'featureExtraction', 'a dot', 'feature-extraction', { operation: 'embeddings' }],
    [
      'hf-inference',
      'automaticSpeechRecognition',
      WAV,
      'automatic-speech-recognition',
      { operation: 'transcription' }
    ],
    [
      'together',
      'automaticSpeechRecognition',
      WAV,
      'automatic-speech-recognition',
      { operation: 'transcription' }
    ],
    ['hf-inference', 'imageToImage', PNG, 'image-to-image', { operation: 'image_to_image' }]
  ]

test.each(asked)('%s: %s', async (provider, method, inputs, task, expected) => {
  const { log, calls } = memoryLog()
  const model = `a/${provider}-${method}`
  const fetch = async (url: unknown) => {
    const mapping = { providerId: 'pid', status: 'live', task }
    const isLookUp = String(url).includes('/api/models')
    return Response.json(isLookUp ? { inferenceProviderMapping: { [provider]: mapping } } : {})
  }
  const client = wrapHuggingFace(new InferenceClient('hf_none', { fetch }), log)
  const ask = Reflect.get(client, method) as (params: object) => Promise<unknown>
  // What a provider answers is its own matter here; the client refuses what it does not know.
  await ask({ provider, model, inputs }).catch(() => undefined)
  const [call, ...more] = await calls()
  expect(more).toEqual([])
  expect(call?.record.call).toMatchObject({ ...expected, provider: 'hugging_face' })
  expect([model, 'pid']).toContain(call?.record.call?.model)
  const input = JSON.stringify(call?.contents.input)
  if (typeof inputs === 'string') expect(input).toContain(inputs)
  else expect([call?.contents.input]).toContainEqual(digestIn(call?.contents.input))
  expect(JSON.stringify(call?.record.call?.settings ?? {})).not.toContain(String(inputs))
})

/** Where a provider is sent a form, the digest stands in its field. */
function digestIn(input: unknown): unknown {
  return JSON.stringify(input)?.includes('"data":')
    ? expect.objectContaining({ data: digest })
    : digest
}
