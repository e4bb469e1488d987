import { testValues } from '@slm-audit/testing/conformance'
import { wrapPipeline } from '../src/index.ts'

/** A pipeline of a task that answers with what it is given. */
function pipeline(name: string, task: string, given: readonly unknown[], input: unknown = 'Rain?') {
  testValues({
    name: `transformers: ${name}`,
    given,
    play(log, [result]) {
      const pipe = { task, model: { config: {} }, _call: async (_input: unknown) => result }
      return wrapPipeline(pipe, log)._call(input)
    }
  })
}

pipeline('a text that was generated', 'text-generation', [
  { generated_text: 'Rain in Ulm.', score: 0.125, more: { id: 'text_1' } }
])

pipeline(
  'an answer to a chat',
  'text-generation',
  [
    {
      generated_text: [{ role: 'assistant', content: 'Rain in Ulm.', tool: { id: 'call_1' } }],
      more: { id: 'text_1' }
    }
  ],
  []
)

pipeline('the class of a text', 'text-classification', [
  { label: 'WET', score: 0.875, more: { id: 'class_1' } }
])

pipeline('an answer to a question', 'question-answering', [
  { answer: 'rain', score: 0.75, start: 1_003, end: 1_007, more: { id: 'answer_1' } }
])
