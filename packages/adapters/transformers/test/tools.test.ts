import { useRuntime } from './runtime.ts'
import { kept, scenario, testTasks } from './task-scenarios.ts'

const runtime = useRuntime('tiny-chat')
const messages = Object.freeze([{ role: 'user', content: 'What does an audit log keep?' }])
const tools = Object.freeze([
  {
    type: 'function',
    function: { name: 'look_up', parameters: { type: 'object', properties: {} } }
  }
])

testTasks(
  runtime,
  {
    'tiny-chat': [
      kept(
        'chat-tools',
        scenario(
          'tools are offered',
          (pipe) => pipe(messages, Object.freeze({ tools, max_new_tokens: 4 })),
          {
            call: { tools: ['look_up'], settings: { max_new_tokens: 4 } },
            response: { usage: { outputTokens: 4 } }
          },
          { tools: [{ function: { name: 'look_up' } }] }
        )
      )
    ]
  },
  'tools'
)
