import { setImmediate as turn } from 'node:timers/promises'
import { testClient } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import { answerOf, folder } from './answers.ts'
import { type App, majors, withHandler } from './majors.ts'

interface Asked {
  readonly messages: [string, string][]
}

const params: Asked = {
  messages: [
    ['system', 'Be brief.'],
    ['human', 'Weather in Ulm?']
  ]
}

/** LangChain writes the run's id into chunks; made up for each run unless given. */
const runId = '019a0000-0000-7000-8000-000000000001'

const unheard = 'callbacks hear nothing of a stream that is left; see the scenario below'

/** The recorded words: of messages, or of the tokens that came. */
function text(output: unknown): string {
  if (typeof output === 'string') return output
  const messages: { content?: string }[] = Array.isArray(output) ? output : []
  return messages.map(({ content = '' }) => content).join('')
}

for (const major of majors) {
  testClient<App>({
    name: `${major.name}, handler`,
    connect: (url, { retries }) => major.connect(url, { retries }),
    wrap: withHandler,
    plain: {
      folder: folder('plain'),
      params,
      run: async ({ model, callbacks }, { messages }: Asked, options) => {
        const answer = await model.invoke(messages, { callbacks, runId, ...options } as never)
        return plain(answer)
      }
    },
    stream: {
      folder: folder('streamed'),
      params,
      run: async ({ model, callbacks }, { messages }: Asked, options) =>
        model.stream(messages, { callbacks, runId, ...options } as never)
    },
    text,
    expected: { 'the answer is not JSON': { stage: 'error', type: 'SyntaxError' } },
    without: {
      'no request leaves where no record, or no person, lets it':
        'LangChain calls the model whatever a handler says; a client that is wrapped below holds it back',
      'stream: the consumer breaks after two chunks': unheard,
      'stream: the consumer throws': unheard
    },
    scenarios: [
      {
        name: 'stream: left',
        answers: [{ ...answerOf('streamed'), after: 'hang' }],
        leavesOpen: true,
        async run({ model, callbacks }) {
          const options = { callbacks, runId } as never
          for await (const chunk of await model.stream('Weather in Ulm?', options)) {
            if (chunk.content !== 'Rain') continue
            // Callbacks may hear of a token after its reader.
            await turn()
            return chunk
          }
          return undefined
        },
        check([call]) {
          expect(call?.stage).toBe('abandoned')
          expect(call?.contents.output).toMatch(/^Rain/)
        }
      }
    ]
  })
}

/** What a message says. */
function plain(message: object): object {
  const { content, tool_calls, usage_metadata, response_metadata, id } = message as never
  return { content, tool_calls, usage_metadata, response_metadata, id }
}
