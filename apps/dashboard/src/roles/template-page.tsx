import { PublicError, type TemplateBody } from '@amphi/protocol';
import { Button, Card, ConfirmDialog, ErrorNotice, useToaster } from '@amphi/ui';
import { useMutation } from '@tanstack/react-query';
import { Download, Upload } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { saveTemplate } from '../api/templates.ts';
import { LeaveDialog } from '../shell/leave-dialog.tsx';
import { NotSaved } from '../shell/not-saved.tsx';
import { useLeaveGuard } from '../shell/use-leave-guard.ts';
import { AppPart } from './app-part.tsx';
import { changedNames, exportedText, readTemplate } from './template-text.ts';
import { useForgetTemplate } from './use-forget-template.ts';

/** The whole template as text: to keep, to bring from elsewhere, to change where no form reaches. */
export function TemplatePage() {
  return (
    <AppPart
      title="Template"
      description="Everything the app says of its sessions, as JSON. Exports of the hosted service can be read here, too."
    >
      {({ app, template }) => (
        <TemplateText key={app.templateId} name={app.subdomain} templateId={app.templateId} template={template} />
      )}
    </AppPart>
  );
}

type Read = { readonly template: Omit<TemplateBody, 'name'> } | { readonly problem: PublicError };

function read(text: string): Read {
  try {
    return { template: readTemplate(text) };
  } catch (error) {
    if (error instanceof PublicError) return { problem: error };
    throw error;
  }
}

function TemplateText({ name, templateId, template }: { name: string; templateId: string; template: TemplateBody }) {
  const saved = exportedText(template);
  const [text, setText] = useState(saved);
  const [asking, setAsking] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const label = useId();
  const unsaved = text !== saved;
  const blocker = useLeaveGuard(unsaved);
  const forget = useForgetTemplate(templateId);
  const toaster = useToaster();
  const outcome = read(text);
  const save = useMutation({
    mutationFn: (body: Omit<TemplateBody, 'name'>) => saveTemplate(templateId, body),
    onSuccess: async (body) => {
      setText(exportedText(body));
      await forget();
      toaster.show({ tone: 'ok', title: 'Template saved' });
    },
  });
  const changes = 'template' in outcome ? changedNames(template, outcome.template) : [];
  return (
    <Card
      title={<span id={label}>JSON</span>}
      description="Roles and the look of the stream apply now; settings and what is recorded count from the next session on."
      actions={
        <div className="flex flex-wrap gap-2">
          <input
            ref={file}
            type="file"
            accept="application/json,.json"
            className="sr-only"
            tabIndex={-1}
            aria-label="A template to import"
            onChange={async ({ target }) => {
              const [chosen] = target.files ?? [];
              if (chosen) setText(await chosen.text());
              target.value = '';
            }}
            data-testid="template-file"
          />
          <Button size="sm" icon={<Upload />} onClick={() => file.current?.click()} data-testid="template-import">
            Import
          </Button>
          <Button
            size="sm"
            icon={<Download />}
            onClick={() => offer(`${name}.template.json`, saved)}
            data-testid="template-export"
          >
            Export
          </Button>
        </div>
      }
    >
      <textarea
        aria-labelledby={label}
        value={text}
        onChange={({ target }) => setText(target.value)}
        spellCheck={false}
        autoComplete="off"
        dir="ltr"
        rows={24}
        className="w-full resize-y rounded-control border border-line-strong bg-raised p-3 font-mono text-sm leading-relaxed"
        data-testid="template-json"
      />
      <div className="mt-4 flex flex-col gap-4">
        {unsaved && 'problem' in outcome && (
          <ErrorNotice
            title="This is no template yet"
            message={outcome.problem.message}
            details={outcome.problem.details}
            data-testid="template-problem"
          />
        )}
        {unsaved && 'template' in outcome && (
          <p role="status" className="text-[0.9375rem] text-ink-soft" data-testid="template-changes">
            {changes.length === 0 ? 'It says the same in other words.' : `Saving ${changes.join(', ')}.`}
          </p>
        )}
        {save.error !== null && <NotSaved error={save.error} testId="template-error" />}
        <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
          <Button variant="quiet" disabled={!unsaved || save.isPending} onClick={() => setText(saved)}>
            Discard changes
          </Button>
          <Button
            variant="primary"
            disabled={!unsaved || 'problem' in outcome}
            busy={save.isPending}
            onClick={() => setAsking(true)}
            data-testid="template-save"
          >
            Save template
          </Button>
        </div>
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Write over the template?"
        description={`Saving ${changes.join(', ') || 'changes nothing that counts'}. Export what is there now if you may want it back.`}
        confirmLabel="Write over it"
        onConfirm={() => {
          if ('template' in outcome) save.mutate(outcome.template);
        }}
      />
      <LeaveDialog blocker={blocker} what="the template" />
    </Card>
  );
}

function offer(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
