"""The section of the example templates: list, editor and preview, with what is edited kept until it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lora_studio.core.dataset.templates import (
    ExampleTemplate,
    TemplateFault,
    known_templates,
    shipped_templates,
    template_faults,
    template_settings,
)
from lora_studio.gui.commands import runs
from lora_studio.gui.settings.section import Section
from lora_studio.gui.settings.template_editor import TemplateEditor
from lora_studio.gui.settings.template_list import TemplateList
from lora_studio.gui.settings.template_preview import TemplatePreview
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, label

Templates = tuple[ExampleTemplate, ...]


class TemplatesSection(Section):
    """What was edited is in `drafts` until it is saved or reverted. Signals: Section's."""

    def __init__(self, studio: Studio, owner: QWidget) -> None:
        super().__init__(studio, owner, fills=True)
        why = self.tr(
            "Each template makes questions and answers of your guidelines. The shipped review and rewrite templates "
            "are off at first: they train on whole changes, which is worth it once many examples are written."
        )
        self.head(self.tr("Example templates"), why)
        self.kept: Templates = ()
        self.drafts: dict[str, ExampleTemplate] = {}
        self._current = ""
        self.list, self.editor, self.preview = TemplateList(), TemplateEditor(), TemplatePreview(studio)
        self.name = label("", "lead")
        self.save_button = button(self.tr("Save"), "primary")
        self.revert_button, self.reset_button = button(self.tr("Revert")), button(self.tr("As shipped"))
        self._add_commands()
        self._build()
        self._connect()

    def _add_commands(self) -> None:
        self.save_action = self.command(self.tr("Save the template"), self._on_save, "Ctrl+S")
        self.revert_action = self.command(self.tr("Revert the template"), self._on_revert)
        self.reset_action = self.command(self.tr("Make the template as shipped"), self._on_reset)
        self.add_action = self.command(self.tr("New template"), self._on_add)
        self.copy_action = self.command(self.tr("Duplicate the template"), self._on_copy, "Ctrl+D")
        self.delete_action = self.command(self.tr("Delete the template"), self._on_delete)
        self.up_action = self.command(self.tr("Move the template up"), lambda: self._move(-1), "Alt+Up")
        self.down_action = self.command(self.tr("Move the template down"), lambda: self._move(1), "Alt+Down")
        self.command(self.tr("Insert a name into the template"), self.editor.ask_for_name, "Ctrl+Space")
        buttons = (
            (self.save_button, self.save_action), (self.revert_button, self.revert_action),
            (self.reset_button, self.reset_action), (self.list.add_button, self.add_action),
            (self.list.copy_button, self.copy_action), (self.list.delete_button, self.delete_action),
            (self.list.up_button, self.up_action), (self.list.down_button, self.down_action),
        )  # fmt: skip
        for made, action in buttons:
            runs(made, action)

    def _build(self) -> None:
        right = QWidget()
        right.setProperty("plain", True)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.name, 1)
        for made in (self.reset_button, self.revert_button, self.save_button):
            head.addWidget(made)
        column.addWidget(self.editor)
        column.addWidget(self.preview)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(right)
        self.list.setFixedWidth(240)
        side = QVBoxLayout()
        side.setSpacing(12)
        side.addLayout(head)
        side.addWidget(scroll, 1)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(self.list)
        line.addLayout(side, 1)
        self.body.addLayout(line, 1)

    def _connect(self) -> None:
        self.list.chosen.connect(self._open)
        self.list.switched.connect(self._on_switch)
        self.editor.changed.connect(self._on_edit)
        self.preview.tried.connect(self._on_tried)
        self.studio.settings_changed.connect(self.refresh)

    def refresh(self) -> None:
        kept = known_templates(self.studio.settings.templates)
        if kept != self.kept:
            self.kept = kept
            self._show(self._current)
        elif not self._current:
            self._show("")

    def unsaved(self) -> str:
        if not self.drafts:
            return ""
        return self.tr("Example templates that are not saved: {0}.").format(", ".join(sorted(self.drafts)))

    def shown(self) -> Templates:
        """All templates as they would be with every draft saved; new ones last."""
        known = {template.id for template in self.kept}
        new = [draft for name, draft in self.drafts.items() if name not in known]
        drafted = [
            replace(self.drafts[one.id], enabled=one.enabled) if one.id in self.drafts else one for one in self.kept
        ]
        return (*drafted, *new)

    def _show(self, wanted: str) -> None:
        templates = self.shown()
        names = [template.id for template in templates]
        self._current = wanted if wanted in names else names[0]
        self.list.show_templates(templates, set(self.drafts), self._current)
        self._open(self._current)

    def _open(self, template_id: str) -> None:
        self._current = template_id
        template = self._find(self.shown(), template_id)
        self.name.setText(template_id)
        self.editor.show_template(template)
        self._judge(template)

    def _find(self, templates: Sequence[ExampleTemplate], template_id: str) -> ExampleTemplate:
        return next(template for template in templates if template.id == template_id)

    def _on_edit(self) -> None:
        template = self.editor.template()
        kept = [one for one in self.kept if one.id == template.id]
        if kept and replace(template, enabled=kept[0].enabled) == kept[0]:
            self.drafts.pop(template.id, None)
        else:
            self.drafts[template.id] = template
        self.list.mark(template.id, template.id in self.drafts)
        self._judge(template, keep_faults=True)

    def _judge(self, template: ExampleTemplate, *, keep_faults: bool = False) -> None:
        """What can be done with the template now; what is wrong with it is said by the preview's worker."""
        if not keep_faults:
            self.editor.show_faults(())
        self.preview.show_template(template)
        own = [one.id for one in self.kept if not self._shipped(one.id)]
        is_draft, is_kept = template.id in self.drafts, template.id in (one.id for one in self.kept)
        self.save_action.setEnabled(is_draft)
        self.revert_action.setEnabled(is_draft)
        shipped = self._shipped(template.id)
        self.reset_button.setVisible(shipped is not None)
        self.reset_action.setEnabled(shipped is not None and replace(template, enabled=shipped.enabled) != shipped)
        self.delete_action.setEnabled(shipped is None)
        self.up_action.setEnabled(is_kept and template.id in own[1:])
        self.down_action.setEnabled(is_kept and template.id in own[:-1])

    def _shipped(self, template_id: str) -> ExampleTemplate | None:
        return next((one for one in shipped_templates() if one.id == template_id), None)

    def _on_tried(self, faults: tuple[TemplateFault, ...]) -> None:
        self.editor.show_faults(faults)
        self.save_action.setEnabled(self._current in self.drafts and not faults)

    def _keep(self, templates: Sequence[ExampleTemplate], said: str, current: str) -> bool:
        """Saves the list of templates and offers to take that back."""
        before = self.studio.settings.templates
        self._current = current
        if not self.change(templates=template_settings(templates)):
            return False
        self.refresh()
        self._show(current)
        if said:
            self.done.emit(said, lambda: self.change(templates=before))
        return True

    def _on_switch(self, template_id: str, on: bool) -> None:
        if template_id in (one.id for one in self.kept):
            changed = [replace(one, enabled=on) if one.id == template_id else one for one in self.kept]
            said = self.tr("{0} is on.") if on else self.tr("{0} is off.")
            self._keep(changed, said.format(template_id), self._current)
        else:
            self.drafts[template_id] = replace(self.drafts[template_id], enabled=on)

    def _on_save(self) -> None:
        template = self.editor.template()
        if template_faults(template):
            return  # they are said beside their fields
        known = [one.id for one in self.kept]
        enabled = self.kept[known.index(template.id)].enabled if template.id in known else template.enabled
        saved = replace(template, enabled=enabled)
        draft = self.drafts.pop(template.id, saved)
        changed = [saved if one.id == saved.id else one for one in self.kept]
        added = [] if saved.id in known else [saved]
        if not self._keep([*changed, *added], self.tr("{0} is saved.").format(saved.id), saved.id):
            self.drafts[template.id] = draft
            self._show(template.id)

    def _on_revert(self) -> None:
        draft = self.drafts.pop(self._current, None)
        self._show(self._current)
        if draft is not None:
            self.done.emit(self.tr("Your changes to {0} are gone.").format(draft.id), lambda: self._draft(draft))

    def _draft(self, template: ExampleTemplate) -> None:
        self.drafts[template.id] = template
        self._show(template.id)

    def _on_reset(self) -> None:
        shipped = self._shipped(self._current)
        if shipped is not None:
            self.editor.show_template(shipped)
            self._on_edit()

    def _on_add(self) -> None:
        self._draft(ExampleTemplate(
            id=self._new_id("own"), type="own", source="guideline",
            prompt="What should I know about {{ name }}?", completion="{{ content }}",
        ))  # fmt: skip
        self.editor.prompt.setFocus()

    def _on_copy(self) -> None:
        template = self.editor.template()
        self._draft(replace(template, id=self._new_id(template.id)))

    def _new_id(self, stem: str) -> str:
        taken = {template.id for template in self.shown()}
        stem = stem.rstrip("0123456789").rstrip("_")
        return next(name for number in range(2, len(taken) + 3) if (name := f"{stem}_{number}") not in taken)

    def _on_delete(self) -> None:
        gone, draft = self._current, self.drafts.pop(self._current, None)
        left = [one for one in self.kept if one.id != gone]
        said = self.tr("{0} is deleted.").format(gone)
        if len(left) < len(self.kept):
            self._keep(left, said, "")
        else:
            self._show("")
            self.done.emit(said, (lambda: self._draft(draft)) if draft else None)

    def _move(self, step: int) -> None:
        templates = list(self.kept)
        place = [one.id for one in templates].index(self._current)
        templates.insert(place + step, templates.pop(place))
        self._keep(templates, "", self._current)
