"""Builds the package for pip (PEP 517) with only the standard library, so installing it downloads nothing else."""

import base64
import hashlib
import os
import zipfile

ROOT = os.path.dirname(os.path.abspath(__file__))


def _files():
    with open(os.path.join(ROOT, "PKG-INFO"), encoding="utf-8") as file:
        metadata = file.read()
    fields = dict(line.split(": ", 1) for line in metadata.splitlines())
    module = fields["Name"].replace("-", "_")
    info = "{}-{}.dist-info".format(module, fields["Version"])
    files = {info + "/METADATA": metadata.encode()}
    files[info + "/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: build_wheel\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    for name in sorted(os.listdir(os.path.join(ROOT, module))):
        if name.endswith((".py", ".typed")):
            with open(os.path.join(ROOT, module, name), "rb") as file:
                files[module + "/" + name] = file.read()
    return module, fields["Version"], info, files


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    module, version, info, files = _files()
    record = ""
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        record += "{},sha256={},{}\n".format(path, digest, len(content))
    files[info + "/RECORD"] = (record + info + "/RECORD,,\n").encode()
    name = "{}-{}-py3-none-any.whl".format(module, version)
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            wheel.writestr(path, content)
    return name


def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError("this is a source distribution already")
