import { expect } from 'vitest'
import { type Tensor, type Transformers, useRuntime } from './runtime.ts'
import { kept, scenario, type TaskScenarios, testTasks } from './task-scenarios.ts'

const runtime = useRuntime(
  'tiny-colors',
  'tiny-clip',
  'tiny-captions',
  'tiny-detector',
  'tiny-picture-embeddings'
)

type Color = 'red' | 'green' | 'blue'

/** A picture of four by two pixels of one color. */
function picture({ RawImage }: Transformers, color: Color) {
  const at = ['red', 'green', 'blue'].indexOf(color)
  const data = Uint8ClampedArray.from({ length: 24 }, (_, index) => (index % 3 === at ? 255 : 0))
  return new RawImage(data, 4, 2, 3)
}

const recorded = { width: 4, height: 2, channels: 3, data: { media: { bytes: 24 } } }

const scenarios: TaskScenarios = {
  'tiny-colors': [
    kept(
      'image-classification',
      scenario(
        'a picture',
        (pipe, lib) => pipe(picture(lib, 'green'), { top_k: 2 }),
        {
          call: { operation: 'image_classification', settings: { top_k: 2 } },
          confidence: { scores: [{ label: 'green', score: expect.closeTo(0.965, 3) }, {}] }
        },
        { input: recorded }
      )
    ),
    scenario(
      'several pictures, frozen',
      (pipe, lib) => pipe(Object.freeze([picture(lib, 'red'), picture(lib, 'blue')]), { top_k: 1 }),
      { confidence: { scores: [{ label: 'red' }, { label: 'blue' }] } },
      { input: [recorded, recorded] }
    ),
    scenario(
      'a file that is not there',
      (pipe) => pipe('/nowhere/cat.png'),
      { stage: 'error' },
      {
        input: '/nowhere/cat.png'
      }
    )
  ],
  'tiny-clip': [
    kept(
      'zero-shot-image-classification',
      scenario(
        'labels for a picture',
        (pipe, lib) => pipe(picture(lib, 'red'), Object.freeze(['sun', 'rain'])),
        {
          call: { operation: 'zero_shot_image_classification' },
          // Five words of the template, `This is a photo of`, and the label.
          response: { usage: { inputTokens: 12 } },
          confidence: { scores: [{ label: 'sun', score: expect.closeTo(0.953, 3) }, {}] }
        },
        { input: { image: recorded, candidate_labels: ['sun', 'rain'] } }
      )
    )
  ],
  'tiny-captions': [
    kept(
      'image-to-text',
      scenario(
        'a picture',
        (pipe, lib) => pipe(picture(lib, 'red'), { max_new_tokens: 5 }),
        {
          call: { operation: 'image_to_text', settings: { max_new_tokens: 5 }, stream: false },
          response: { finishReasons: ['length'], usage: { outputTokens: 5 } },
          timing: { chunks: 5, timeToFirstChunkMs: expect.any(Number) }
        },
        { input: recorded }
      )
    )
  ],
  'tiny-detector': [
    kept(
      'object-detection',
      scenario(
        'a picture with one thing in it',
        (pipe, lib) => pipe(picture(lib, 'green'), { threshold: 0.5 }),
        {
          call: { operation: 'object_detection', settings: { threshold: 0.5 } },
          confidence: { scores: [{ label: 'leaf' }] }
        },
        { output: [{ box: { xmin: 1, ymin: 0, xmax: 3, ymax: 1 } }] }
      )
    ),
    scenario(
      'a picture with nothing in it',
      (pipe, lib) => pipe(picture(lib, 'blue')),
      {},
      { output: [] }
    )
  ],
  'tiny-picture-embeddings': [
    kept(
      'image-feature-extraction',
      scenario(
        'a picture',
        async (pipe, lib) => {
          const tensor = (await pipe(picture(lib, 'red'))) as Tensor
          return { dims: tensor.dims, data: [...(tensor.data as Float32Array)] }
        },
        { call: { operation: 'embeddings' } },
        { output: { type: 'float32', data: { media: { bytes: 12 } } } }
      )
    )
  ]
}

testTasks(runtime, scenarios, 'pictures')
