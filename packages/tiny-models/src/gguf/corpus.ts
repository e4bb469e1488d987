/** One subject the tiny model can talk about: ways to ask for it, and the one answer it gives. */
export interface Topic {
  readonly questions: readonly string[]
  readonly answer: string
}

/** What the tiny model knows. The last topic is its answer to a question it does not understand. */
export const corpus: readonly Topic[] = [
  {
    questions: [
      'What does an audit log keep?',
      'What is recorded?',
      'What does a record contain?',
      'What is an audit log?'
    ],
    answer:
      'An audit log keeps every prompt, every answer and every signal. Each record says who asked, when, and which model answered.'
  },
  {
    questions: [
      'How is a record verified?',
      'How do I know that nobody changed it?',
      'Can you prove it?',
      'What is tamper evidence?',
      'What is the Merkle tree for?',
      'Can I trust the log?'
    ],
    answer:
      'Every record is a leaf of a Merkle tree. A signed checkpoint proves that nothing was changed, removed or added later.'
  },
  {
    questions: [
      'Can a person be erased?',
      'How do I delete or forget the data of one user?',
      'What about erasure?'
    ],
    answer:
      'The content of one person can be erased. Its hash stays behind, and every old proof still verifies.'
  },
  {
    questions: [
      'Are secrets and personal data masked?',
      'How does redaction work?',
      'What about privacy and passwords?',
      'Can it redact or hide a name?'
    ],
    answer:
      'A policy masks names, keys and numbers before a record reaches the disk. What it masked is listed beside the content.'
  },
  {
    questions: [
      'Does it slow down my application?',
      'How fast is it?',
      'What does it cost?',
      'What about performance and latency?'
    ],
    answer:
      'It takes a few microseconds. The caller only hands over a reference, and a worker writes the batch to disk a few milliseconds later.'
  },
  {
    questions: [
      'What happens when the process dies?',
      'What if it crashes?',
      'What happens if a call is killed or aborted?',
      'Can a call be lost?'
    ],
    answer:
      'A call is recorded before the model starts. If the process dies, the next start marks that call as abandoned.'
  },
  {
    questions: [
      'Where are the records stored?',
      'Which database or file is used?',
      'Where is the journal?',
      'Does it use SQLite?'
    ],
    answer:
      'The records live in a journal on your own machine. By default it is one SQLite file next to the application.'
  },
  {
    questions: ['How do I search the log?', 'Can I find or query a word?', 'How is a call found?'],
    answer:
      'Ask for any word, user or date. The full text of prompts and answers is searched in milliseconds.'
  },
  {
    questions: [
      'What is a small language model?',
      'What is an SLM?',
      'Why run a small local model?'
    ],
    answer:
      'A small language model runs inside the product, on the machine of the user. No prompt has to leave it.'
  },
  {
    questions: [
      'How sure is the model?',
      'What is confidence?',
      'What are probabilities and logprobs?',
      'What is the probability of a token?'
    ],
    answer:
      'Each token has a probability. Where the model is not sure, that number is low, and its record shows it.'
  },
  {
    questions: [
      'Can records be exported?',
      'How do I send them to OpenTelemetry?',
      'What is an exporter?',
      'What if the exporter or the backend is down?'
    ],
    answer:
      'An exporter reads sealed records from the journal, in order. When a service is down it waits, and nothing is lost.'
  },
  {
    questions: ['Who are you?', 'Hello!', 'Hi', 'Tell me a joke', 'Help', 'Thanks'],
    answer:
      'I know a few lines about audit logs and no more. Ask me what they keep, or how they are verified.'
  }
]
