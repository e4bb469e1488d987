import { type TinyModelFile, type Topic, writeTinyModel } from '@slm-audit/tiny-models/gguf'
import {
  ChatWrapper,
  type ChatWrapperGenerateContextStateOptions,
  type ChatWrapperGeneratedContextState,
  type ChatWrapperSettings,
  LlamaText,
  SpecialToken,
  SpecialTokensText
} from 'node-llama-cpp'

/** The word by which the model asks for its tool. */
const CALL = 'lookupOrder'

/** What the shop's assistant knows. The last topic is its answer to what it does not understand. */
const topics: readonly Topic[] = [
  {
    questions: ['Good morning, can you help me?', 'Hello, who are you?'],
    answer: 'Good morning! I am the assistant of this shop. What can I do for you?'
  },
  {
    questions: ['Where is my refund for order 4711?', 'Where is my money?'],
    answer: CALL
  },
  {
    questions: ['status received back approved'],
    answer:
      'Your headphones came back to us, and your refund is now approved. The money takes five days.'
  },
  {
    questions: ['Can I return opened products?', 'May I send it back?'],
    answer: 'Yes. Opened audio products can be returned within two weeks, with the receipt.'
  },
  {
    questions: ['Tell me everything about your cables.', 'Which cable?'],
    answer:
      'Gladly: our cables come in many lengths, in red, in green and in a blue like the sea at noon, and each of them was wound by hand.'
  },
  {
    questions: ['What?', 'Please?'],
    answer: 'I am only a small model. Ask me about refunds, returns or cables.'
  }
]

/** Writes the model; a few hundred kilobytes, the same each time. */
export function writeShopModel(path: string): Promise<TinyModelFile> {
  return writeTinyModel(path, { topics, name: 'shop-assistant' })
}

/** How a conversation reads to the model: as the texts that it was counted from. */
export class ShopWrapper extends ChatWrapper {
  readonly wrapperName = 'Shop'
  override readonly settings: ChatWrapperSettings = {
    ...ChatWrapper.defaultSettings,
    functions: {
      call: {
        optionalPrefixSpace: true,
        prefix: CALL,
        paramsPrefix: '(',
        suffix: ')',
        emptyCallParamsPlaceholder: {}
      },
      // What the tool found is asked about as if it were a question.
      result: {
        prefix: LlamaText(new SpecialTokensText('</s><|user|>')),
        suffix: LlamaText(new SpecialTokensText('</s><|assistant|>'))
      }
    }
  }

  override generateContextState({
    chatHistory
  }: ChatWrapperGenerateContextStateOptions): ChatWrapperGeneratedContextState {
    const turns = chatHistory.map((item, at) => {
      const [role, text] =
        item.type === 'model'
          ? ['assistant', this.generateModelResponseText(item.response)]
          : [item.type, LlamaText.fromJSON(item.text)]
      const end = at === chatHistory.length - 1 ? '' : '</s>'
      return LlamaText([new SpecialTokensText(`<|${role}|>`), text, new SpecialTokensText(end)])
    })
    return {
      contextText: LlamaText([new SpecialToken('BOS'), ...turns]),
      stopGenerationTriggers: [LlamaText(new SpecialToken('EOS'))]
    }
  }
}
