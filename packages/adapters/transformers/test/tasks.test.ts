import { expect } from 'vitest'
import { type Tensor, useRuntime } from './runtime.ts'
import { kept, scenario, type TaskScenarios, testTasks } from './task-scenarios.ts'

const runtime = useRuntime(
  'tiny-text2text',
  'tiny-sentiment',
  'tiny-nli',
  'tiny-entities',
  'tiny-answers',
  'tiny-embeddings',
  'tiny-sounds',
  'tiny-whisper'
)

const sound = Float32Array.from({ length: 4000 }, (_, at) => (at % 16) / 16)

const scenarios: TaskScenarios = {
  'tiny-text2text': [
    kept(
      'text2text',
      scenario(
        'a text',
        (pipe) => pipe('What does an audit log keep?', { max_new_tokens: 40 }),
        {
          call: { operation: 'text_completion', settings: { max_new_tokens: 40 } },
          response: { finishReasons: ['eos'], usage: { inputTokens: 8, outputTokens: 27 } },
          timing: { chunks: 27 }
        },
        {
          input: 'What does an audit log keep?',
          output: [{ generated_text: expect.stringContaining('which model answered.') }]
        }
      )
    )
  ],
  'tiny-sentiment': [
    kept(
      'text-classification',
      scenario(
        'one text',
        (pipe) => pipe('a great and happy day'),
        {
          call: { operation: 'text_classification' },
          response: { usage: { inputTokens: 7 } },
          confidence: { scores: [{ label: 'POSITIVE', score: expect.closeTo(0.982, 3) }] }
        },
        { input: 'a great and happy day' }
      )
    ),
    scenario(
      'several texts, all classes',
      (pipe) => pipe(['good', 'a terrible and sad day'], Object.freeze({ top_k: 2 })),
      {
        call: { settings: { top_k: 2 } },
        response: { usage: { inputTokens: 10 } },
        confidence: {
          scores: ['POSITIVE', 'NEGATIVE', 'NEGATIVE', 'POSITIVE'].map((label) => ({
            label,
            score: expect.any(Number)
          }))
        }
      }
    ),
    scenario('no text', (pipe) => pipe(undefined), { stage: 'error' })
  ],
  'tiny-nli': [
    kept(
      'zero-shot-classification',
      scenario(
        'labels for a text',
        (pipe) => pipe('I want my money', Object.freeze(['refund', 'weather'])),
        {
          call: { operation: 'zero_shot_classification' },
          response: { usage: { inputTokens: 24 } },
          confidence: {
            scores: [
              { label: 'refund', score: expect.closeTo(0.731, 3) },
              { label: 'weather', score: expect.closeTo(0.269, 3) }
            ]
          }
        },
        { input: { text: 'I want my money', candidate_labels: ['refund', 'weather'] } }
      )
    ),
    scenario(
      'each label by itself',
      (pipe) => pipe(['rain'], ['weather'], { multi_label: true, hypothesis_template: 'About {}' }),
      { call: { settings: { multi_label: true } } },
      { settings: { hypothesis_template: 'About {}' } }
    )
  ],
  'tiny-entities': [
    kept(
      'token-classification',
      scenario(
        'a sentence',
        (pipe) => pipe('Ada Lovelace lives in London'),
        {
          call: { operation: 'token_classification' },
          response: { usage: { inputTokens: 7 } },
          confidence: {
            scores: [{ label: 'B-PER' }, { label: 'I-PER' }, { label: 'B-LOC' }]
          }
        },
        { output: [{ word: 'Ada' }, { word: 'Lovelace' }, { word: 'London' }] }
      )
    )
  ],
  'tiny-answers': [
    kept(
      'question-answering',
      scenario(
        'a question about a text',
        (pipe) => pipe('Who wrote?', 'Ada Lovelace wrote in London'),
        {
          call: { operation: 'question_answering' },
          response: { usage: { inputTokens: 11 } },
          confidence: { scores: [{ label: 'answer', score: expect.closeTo(0.762, 3) }] }
        },
        {
          input: { question: 'Who wrote?', context: 'Ada Lovelace wrote in London' },
          output: { answer: 'Ada Lovelace' }
        }
      )
    ),
    scenario('several answers', (pipe) => pipe('Who?', 'Ada Lovelace in London', { top_k: 2 }), {
      call: { settings: { top_k: 2 } },
      confidence: { scores: [{ label: 'answer' }, { label: 'answer' }] }
    })
  ],
  'tiny-embeddings': [
    kept(
      'feature-extraction',
      scenario(
        'a text',
        async (pipe) => {
          const tensor = (await pipe('refund money', {
            pooling: 'mean',
            normalize: true
          })) as Tensor
          return { dims: tensor.dims, data: [...(tensor.data as Float32Array)] }
        },
        {
          call: { operation: 'embeddings', settings: { pooling: 'mean', normalize: true } },
          response: { usage: { inputTokens: 4 } }
        },
        { output: { type: 'float32', dims: [1, 4], data: { media: { bytes: 16 } } } }
      )
    ),
    scenario('a pooling of no kind', (pipe) => pipe('refund', { pooling: 'most' }), {
      stage: 'error'
    })
  ],
  'tiny-sounds': [
    kept(
      'audio-classification',
      scenario(
        'a sound',
        (pipe) => pipe(Float32Array.of(0.5, 0.25, 0.75), { top_k: 1 }),
        {
          call: { operation: 'audio_classification', settings: { top_k: 1 } },
          confidence: { scores: [{ label: 'above', score: expect.closeTo(0.881, 3) }] }
        },
        { input: { media: { bytes: 12 } } }
      )
    )
  ],
  'tiny-whisper': [
    kept(
      'speech-recognition',
      scenario(
        'a sound',
        (pipe) => pipe(sound, { max_new_tokens: 20 }),
        {
          call: { operation: 'transcription', settings: { max_new_tokens: 20 } },
          response: { finishReasons: ['length'], usage: { outputTokens: 20 } },
          timing: { chunks: 20, timeToFirstChunkMs: expect.any(Number) }
        },
        {
          input: { media: { bytes: 16_000, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
          output: { text: expect.stringContaining('An audit log keeps') }
        }
      )
    ),
    scenario(
      'a sound in several pieces',
      (pipe) => pipe(sound, { max_new_tokens: 5, chunk_length_s: 0.4, stride_length_s: 0.1 }),
      { response: { finishReasons: ['length', 'length'], usage: { outputTokens: 10 } } }
    )
  ]
}

testTasks(runtime, scenarios)
