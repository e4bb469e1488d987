import { outcomeOf } from '@slm-audit/testing/conformance'
import { useRuntime } from './runtime.ts'
import { scenario, testTasks } from './task-scenarios.ts'

const greedy = { do_sample: false, max_new_tokens: 8 } as const
const QUESTION = 'What does an audit log keep?'
const chat = [{ role: 'user', content: QUESTION }]
const continued = [{ generated_text: 'An audit log keeps every prompt, every answer and' }]

/** Throws at the first thing that it is given, which is the prompt. */
const refusing = {
  put() {
    throw new RangeError('not this one')
  },
  end: () => undefined
}

testTasks(
  useRuntime('tiny-chat'),
  {
    'tiny-chat': [
      scenario(
        'a chat, its options and its answer, changed after the call',
        async (pipe) => {
          const [mine, options] = [
            structuredClone(chat),
            { ...greedy } as { [name: string]: unknown }
          ]
          const answer = pipe(mine, options)
          mine.push({ role: 'user', content: 'More.' })
          options.max_new_tokens = 2
          const given = (await answer) as { generated_text: unknown[] }[]
          return [structuredClone(given), given[0]?.generated_text.splice(0)]
        },
        { stage: 'complete', call: { settings: greedy } },
        { input: chat, output: [{ generated_text: [{ role: 'assistant' }] }] }
      ),
      {
        name: 'two calls at once with one object of options',
        run(pipe) {
          const options = { ...greedy }
          return Promise.all([pipe('An audit', options), pipe('Each record', options)])
        }
      },
      scenario(
        'no token asked for',
        (pipe) => pipe('An audit', { ...greedy, max_new_tokens: 0 }),
        { stage: 'complete' },
        { input: 'An audit' }
      ),
      scenario('an empty prompt', (pipe) => outcomeOf(() => pipe('', greedy)), { stage: 'error' }),
      scenario('no chat', (pipe) => outcomeOf(() => pipe([], greedy)), { stage: 'error' }),
      scenario(
        'interrupted before it begins',
        (pipe, lib) => {
          const stopping_criteria = new lib.InterruptableStoppingCriteria()
          stopping_criteria.interrupt()
          return outcomeOf(() => pipe('An audit', { ...greedy, stopping_criteria }))
        },
        { stage: 'cancelled', outcome: { by: 'consumer' } }
      ),
      scenario(
        'a streamer that throws at the prompt',
        (pipe) => outcomeOf(() => pipe('An audit', { ...greedy, streamer: refusing })),
        { stage: 'error', outcome: { type: 'RangeError' } }
      ),
      scenario(
        'input ids that are overwritten after the call',
        async (pipe) => {
          const { input_ids, ...rest } = pipe.tokenizer('An audit')
          const answer = pipe.model.generate({ ...rest, input_ids, ...greedy })
          const ids = input_ids.data as BigInt64Array
          ids.fill(ids[0] ?? 0n)
          return (await answer).data.length
        },
        { stage: 'complete' },
        { input: { input_ids: [{ text: 'An audit' }] } }
      ),
      scenario(
        'an answer that is changed when it comes',
        async (pipe) => {
          const answer = (await pipe('An audit', greedy)) as object[]
          return answer.splice(0)
        },
        { stage: 'complete' },
        { output: continued }
      )
    ]
  },
  'at their edges'
)
