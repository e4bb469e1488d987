import { corpus } from '../gguf/corpus.ts'

/** Control tokens of all tiny models in ONNX, at the ids of their position here. */
const controlTokens = [
  '<pad>',
  '<unk>',
  '<cls>',
  '<sep>',
  '<eos>',
  '<|system|>',
  '<|user|>',
  '<|assistant|>',
  '<|startoftranscript|>'
]

/** Words that the classifiers know beyond those of the corpus. */
const moreWords =
  'good great happy bad terrible sad refund refunds money invoice weather rain sun ' +
  'Ada Lovelace Paris London This example is about in lives wrote entailment . ! ?'

/** The words and marks of a text, as the pre-tokenizer `Whitespace` splits it. */
export function wordsOf(text: string): readonly string[] {
  return text.match(/\w+|[^\w\s]+/g) ?? []
}

/** All tokens by id; the last is Whisper's, whose timestamps would come after it. */
export const vocabulary: readonly string[] = [
  ...new Set([
    ...controlTokens,
    ...corpus.flatMap((topic) => [...topic.questions, topic.answer]).flatMap(wordsOf),
    ...wordsOf(moreWords),
    '<|notimestamps|>'
  ])
]

const chatTemplate =
  "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<eos>' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"

/** How the texts of a model are framed by its tokenizer. */
export type Framing = 'none' | 'eos' | 'pairs'

/** The files of a word tokenizer that transformers.js reads. */
export function tokenizerFiles(framing: Framing, className = 'PreTrainedTokenizerFast') {
  const special = [...controlTokens, '<|notimestamps|>']
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: special.map((content) => ({
        id: vocabulary.indexOf(content),
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true
      })),
      normalizer: null,
      pre_tokenizer: { type: 'Whitespace' },
      post_processor: postProcessors[framing],
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '<unk>',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id]))
      }
    },
    'tokenizer_config.json': {
      tokenizer_class: className,
      model_max_length: 512,
      unk_token: '<unk>',
      pad_token: '<pad>',
      cls_token: '<cls>',
      sep_token: '<sep>',
      eos_token: '<eos>',
      clean_up_tokenization_spaces: true,
      chat_template: chatTemplate
    }
  }
}

const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } })
const sequence = (id: 'A' | 'B') => ({ Sequence: { id, type_id: 0 } })
const template = (single: readonly object[], pair: readonly object[]) => ({
  type: 'TemplateProcessing',
  single,
  pair,
  special_tokens: Object.fromEntries(
    ['<cls>', '<sep>', '<eos>'].map((id) => [
      id,
      { id, ids: [vocabulary.indexOf(id)], tokens: [id] }
    ])
  )
})

const postProcessors: { readonly [Name in Framing]: object | null } = {
  none: null,
  eos: template([sequence('A'), special('<eos>')], [sequence('A'), sequence('B')]),
  pairs: template(
    [special('<cls>'), sequence('A'), special('<sep>')],
    [special('<cls>'), sequence('A'), special('<sep>'), sequence('B'), special('<sep>')]
  )
}
