"""A papermill engine that runs a notebook in an IPython shell inside the present process.

It saves the start of a kernel. The process must be a fresh one for each notebook (run.py forks it), so that no state
passes from one notebook to the next. Outputs are those that a kernel would have sent.
"""

import io
import os
import sys
from typing import ClassVar

import nbformat
from ipykernel.compiler import XCachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from papermill.engines import Engine
from traitlets import Any, Type
from traitlets.config import Config

from .refused import tell_refusals

NAME = "rechallenge-process"


class _Publisher(DisplayPublisher):
    sink = Any()

    def publish(self, data, metadata=None, *, transient=None, update=False, **kwargs):
        self.sink.display(data, metadata or {}, (transient or {}).get("display_id"), update)

    def clear_output(self, wait=False):
        self.sink.clear()


class _Hook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.display_pub.sink.result(format_dict, md_dict or {}, self.prompt_count)

    def finish_displayhook(self):
        self._is_active = False


class _Shell(InteractiveShell):
    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)
    compiler_class = Type(XCachingCompiler)  # names cells in tracebacks as a kernel does

    def _showtraceback(self, etype, evalue, stb):
        self.display_pub.sink.add("error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb))


class _Sink:
    """The outputs of the running cell."""

    def __init__(self):
        self.outputs, self.shown = [], {}

    def start(self):
        self.outputs = []

    def add(self, kind, **content):
        output = nbformat.from_dict({"output_type": kind, **content})  # checked with the whole notebook
        self.outputs.append(output)
        return output

    def write(self, name, text):
        last = self.outputs[-1] if self.outputs else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last.text += text
        else:
            self.add("stream", name=name, text=text)

    def display(self, data, metadata, display_id, update):
        if update:
            for output in self.shown.get(display_id, []):
                output.data, output.metadata = nbformat.from_dict(data), nbformat.from_dict(metadata)
            return
        output = self.add("display_data", data=data, metadata=metadata)
        if display_id:
            self.shown.setdefault(display_id, []).append(output)

    def result(self, data, metadata, count):
        self.add("execute_result", data=data, metadata=metadata, execution_count=count)

    def clear(self):
        self.outputs.clear()


class _Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, name, sink):
        self.stream, self.sink = name, sink

    def write(self, text):
        if text:
            self.sink.write(self.stream, text)
        return len(text)

    def writable(self):
        return True


class ProcessEngine(Engine):
    """papermill engine `rechallenge-process`. `held` has the outputs of each code cell of the notebook run last:
    papermill, which would write and check them for nothing, gets errors alone."""

    held: ClassVar[list] = []

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **kwargs):
        """Run every code cell until one fails."""
        config = Config()
        config.HistoryManager.enabled = False
        shell = _Shell.instance(config=config)
        tell_refusals(shell)
        sink = shell.display_pub.sink = _Sink()
        streams = sys.stdout, sys.stderr, sys.stdin
        sys.stdout, sys.stderr = _Stream("stdout", sink), _Stream("stderr", sink)
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
        try:
            for index, cell in enumerate(nb_man.nb.cells):
                if cell.cell_type != "code" or not cell.source.strip():
                    continue
                nb_man.cell_start(cell, index)
                sink.start()
                cell.outputs = sink.outputs
                done = shell.run_cell(cell.source, store_history=True)
                cell.outputs, cell.execution_count = sink.outputs, shell.execution_count - 1
                if not done.success:
                    nb_man.cell_exception(nb_man.nb.cells[index], cell_index=index)
                    break
                nb_man.cell_complete(nb_man.nb.cells[index], cell_index=index)
        finally:
            sys.stdin.close()
            sys.stdout, sys.stderr, sys.stdin = streams
            cells = [cell for cell in nb_man.nb.cells if cell.cell_type == "code"]
            cls.held = [cell.outputs for cell in cells]
            for cell in cells:
                cell.outputs = [output for output in cell.outputs if output.output_type == "error"]
