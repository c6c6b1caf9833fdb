export { useAnnounce } from './announcer.tsx';
export * from './avatar.tsx';
export * from './badge.tsx';
export * from './button.tsx';
export * from './card.tsx';
export * from './checkbox.tsx';
export * from './class-names.ts';
export * from './copy-button.tsx';
export * from './copy-text.ts';
export * from './dialog.tsx';
export * from './empty-state.tsx';
export * from './error-boundary.tsx';
export * from './error-notice.tsx';
export { Field, type FieldProps } from './field.tsx';
export * from './icon-button.tsx';
export { isolate } from './isolate.ts';
export * from './layout-pictures.tsx';
export * from './level.tsx';
export * from './logo.tsx';
export * from './menu.tsx';
export * from './palette-tokens.ts';
export * from './radio-cards.tsx';
export * from './select.tsx';
export * from './skeleton.tsx';
export * from './spinner.tsx';
export * from './stage-picture.tsx';
export * from './switch.tsx';
export { PasswordInput, TextArea, TextInput, type TextInputProps } from './text-input.tsx';
export * from './theme.ts';
export {
  type PastToast,
  type ToastContent,
  type Toaster,
  type ToastPlacement,
  type ToastTone,
  usePastToasts,
  useToaster,
} from './toast.tsx';
export * from './tooltip.tsx';
export * from './ui-provider.tsx';
export { UI_WORDS, type UiWords, useUiWords } from './words.ts';
