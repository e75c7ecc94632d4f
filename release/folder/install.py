"""Installs lifecircle into the folder ``venv`` beside this file, from the wheels beside it. Asks no network."""

import os
import struct
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
WANTED = "PYTHON_VERSION"
USED = "import exactextract, osmium, pyogrio, pyproj, rasterio, scipy, shapely"
"""What is compiled: it may miss a library of the system."""


def main() -> int:
    """0 where it is installed."""
    found = f"{sys.version_info.major}.{sys.version_info.minor}"
    bits = 8 * struct.calcsize("P")
    if (found, bits) != (WANTED, 64):
        print(f"需要 64 位的 Python {WANTED}，现在运行的是 {bits} 位的 {found}。请先安装，办法见 README.txt。")
        return 1
    print("正在安装 lifecircle，约需一两分钟……")
    venv.create(HERE / "venv", with_pip=True, clear=True)
    python = HERE / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    command = [python, "-m", "pip", "--isolated", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    done = subprocess.run([*command, "--find-links", HERE / "wheels", "lifecircle"], check=False)
    if done.returncode:
        print("没有装成。请把上面的文字发给提供此文件夹的人。")
        return 1
    if subprocess.run([python, "-c", USED], check=False).returncode:
        print("已装上，但有组件无法运行。请安装 Microsoft Visual C++ 可再发行组件（vc_redist.x64.exe）后再试。")
        return 1
    print("安装完成。双击 demo.bat 试运行，双击 start.bat 开始使用。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
