@echo off
rem Installs lifecircle into the folder venv beside this file. Needs no network.
pushd "%~dp0"
set "RUN=python"
py -PYTHON_VERSION --version >nul 2>nul
if not errorlevel 1 set "RUN=py -PYTHON_VERSION"
%RUN% install.py
if not errorlevel 1 goto done
echo.
echo Not installed: Python PYTHON_VERSION (64-bit) is needed. See README.txt.
start "" notepad README.txt
:done
popd
pause
