"""The wheel carries what `rechallenge init` gives: the notebooks, the example cohort, the literature. Built, not kept twice."""

import ast
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent


def shipped():
    """SHIPPED of lib/rechallenge/run/starter.py, read without importing the package."""
    source = (HERE / "lib" / "rechallenge" / "run" / "starter.py").read_text(encoding="utf-8")
    names = {"NOTEBOOKS": "notebooks", "DATA": "data"}
    line = next(n for n in ast.parse(source).body if isinstance(n, ast.Assign) and n.targets[0].id == "SHIPPED")
    return eval(compile(ast.Expression(line.value), "SHIPPED", "eval"), names)


class BuildWithStarter(build_py):
    def run(self):
        super().run()
        if self.editable_mode:
            return
        for name in shipped():
            source, target = HERE / name, Path(self.build_lib) / "rechallenge" / "starter" / name
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*", "__pycache__"))
            else:
                shutil.copyfile(source, target)


setup(cmdclass={"build_py": BuildWithStarter})
